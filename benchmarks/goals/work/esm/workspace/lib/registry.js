const fs = require('fs')
const path = require('path')

const folder = path.join(__dirname, 'commands')

exports.commandNames = () => fs.readdirSync(folder).filter((name) => name.endsWith('.js'))
  .map((name) => path.basename(name, '.js')).sort()

exports.commandNamed = (name) => {
  if (!exports.commandNames().includes(name)) return undefined
  return require(path.join(folder, name))
}
