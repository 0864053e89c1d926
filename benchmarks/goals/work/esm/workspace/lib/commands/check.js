const lines = require('../lines')
const parse = require('../parse')

exports.help = 'what is wrong, line by line'

exports.run = ([file], write) => {
  let wrong = 0
  lines(file).forEach((line, at) => {
    try {
      parse(line)
    } catch (error) {
      if (!(error instanceof parse.ParseError)) throw error
      wrong++
      write(`${at + 1}: ${error.message}`)
    }
  })
  return wrong ? 1 : 0
}
