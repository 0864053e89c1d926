// order and format need each other: an equal pair is ordered by its long form, and format sorts cutters.
const parse = require('./parse')
const format = require('./format')

exports.compare = (one, other) => {
  const [a, b] = [parse(one), parse(other)]
  return byText(a.letters, b.letters) || a.number - b.number || byCutters(a.cutters, b.cutters) ||
    byText(a.year, b.year) || byText(format.long(one), format.long(other))
}

exports.sort = (marks) => [...marks].sort(exports.compare)

exports.byCutters = byCutters

function byText (a, b) {
  return a < b ? -1 : a > b ? 1 : 0
}

function byCutters (a, b) {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    if (a[at] === undefined) return -1
    if (b[at] === undefined) return 1
    const found = byText(a[at][0], b[at][0]) || Number(`0.${a[at].slice(1)}`) - Number(`0.${b[at].slice(1)}`)
    if (found) return found
  }
  return 0
}
