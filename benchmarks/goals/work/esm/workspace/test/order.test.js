const test = require('node:test')
const assert = require('node:assert')
const shelfmark = require('../lib')
const text = require('../lib/text')

test('numbers by value, cutters as fractions', () => {
  const marks = ['QA9 .J4', 'QA76 .J5', 'QA76 .J39', 'Q1', 'QA76']
  assert.deepStrictEqual(shelfmark.sort(marks), ['Q1', 'QA9 .J4', 'QA76', 'QA76 .J39', 'QA76 .J5'])
})

test('formats', () => {
  assert.strictEqual(shelfmark.format('qa76.73 .k4 .j39 2011'), 'QA76.73 .J39 .K4 2011')
  assert.strictEqual(shelfmark.format.short('qa76.73 .k4'), 'QA76.73')
})

test('a rule may be put in', () => {
  text.addReplacement(/;/g, '.')
  assert.strictEqual(text.replacements.length, 3)
  assert.strictEqual(shelfmark.parse('QA76;5').number, 76.5)
})

test('rules are a copy', () => {
  shelfmark.rules().classes.pop()
  assert.strictEqual(shelfmark.rules().classes.length, 21)
})
