#!/usr/bin/env node
'use strict'

const { commandNamed, commandNames } = require('../lib/registry')
const { version } = require('..')

exports.main = async function main (args, write) {
  const [name, ...rest] = args
  if (name === '--version') {
    write(version)
    return 0
  }
  const command = commandNamed(name)
  if (!command) {
    write(`commands: ${commandNames().join(', ')}`)
    return 2
  }
  return command.run(rest, write)
}

if (require.main === module) {
  exports.main(process.argv.slice(2), console.log).then((code) => { process.exitCode = code })
}
