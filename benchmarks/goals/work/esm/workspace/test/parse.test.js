const test = require('node:test')
const assert = require('node:assert')
const { parse } = require('..')
const { ParseError } = require('../lib/parse')

test('a whole mark', () => {
  assert.deepStrictEqual(parse('qa76.73  .J39 2011'), { letters: 'QA', number: 76.73, cutters: ['J39'], year: '2011' })
})

test('a year with a letter', () => {
  assert.strictEqual(parse('PN1995 .B3 .C4 1999B').year, '1999b')
})

test('what is none', () => {
  assert.throws(() => parse('76.73'), ParseError)
  assert.throws(() => parse('WA1'), /there is no class W/)
})

test('parse leaves no trace', () => {
  const before = Object.keys(globalThis).length
  parse('QA1')
  parse('QA2')
  assert.ok(Object.keys(globalThis).length <= before + 1)
})
