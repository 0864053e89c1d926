// Text as it is compared. `this` is the module's own table, so that a caller may put in a rule.
exports.replacements = [[/\s+/g, ' '], [/,/g, '.']]

exports.normal = function (text) {
  return exports.replacements.reduce((text, [from, to]) => text.replace(from, to), String(text).trim().toUpperCase())
    .replace(/(\d{4})([A-Z])$/, (all, year, letter) => year + letter.toLowerCase())
}

exports.addReplacement = function (from, to) {
  exports.replacements = [...exports.replacements, [from, to]]
}
