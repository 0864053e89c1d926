'use strict'

const parse = require('./parse')
const { compare, sort } = require('./order')

module.exports = {
  parse,
  compare,
  sort,
  format: require('./format'),
  version: require('../package').version,
  rules: () => JSON.parse(JSON.stringify(require('../data/rules')))
}
