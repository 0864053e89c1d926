const order = require('./order')
const parse = require('./parse')

function short (mark) {
  const { letters, number } = parse(mark)
  return letters + number
}

function long (mark) {
  const { letters, number, cutters, year } = parse(mark)
  const sorted = cutters.length > 1 && order.byCutters([cutters[0]], [cutters[1]]) > 0 ? [...cutters].reverse() : cutters
  return [letters + number, ...sorted.map((cutter) => `.${cutter}`), year].filter(Boolean).join(' ')
}

module.exports = long
module.exports.long = long
module.exports.short = short
