const rules = require('../data/rules.json')
const { normal } = require('./text')

class ParseError extends Error {
  constructor (mark, why) {
    super(`${mark}: ${why}`)
    this.name = 'ParseError'
  }
}

const shape = /^([A-Z]{1,3})(\d{1,4})(\.\d+)?((?:\s*\.[A-Z]\d+){0,2})(?:\s+(\d{4}[a-z]?))?$/

module.exports = function parse (mark) {
  text = normal(mark)
  const found = shape.exec(text)
  if (!found) throw new ParseError(mark, 'is no shelf mark')
  const [, letters, number, fraction, cutters, year] = found
  if (!rules.classes.includes(letters[0])) throw new ParseError(mark, `there is no class ${letters[0]}`)
  return {
    letters,
    number: Number(number + (fraction || '')),
    cutters: (cutters.match(/[A-Z]\d+/g) || []),
    year: year || ''
  }
}

module.exports.ParseError = ParseError
