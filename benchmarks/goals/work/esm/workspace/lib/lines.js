const { readFileSync } = require('node:fs')

module.exports = (file) => readFileSync(file, 'utf8').split(/\r?\n/).filter((line) => line.trim())
