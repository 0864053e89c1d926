'use strict' // A JavaScript function in the sandbox: one line of JSON in over descriptor 3, lines of JSON out.
const fs = require('fs'), vm = require('vm')
const stringify = JSON.stringify // the code may patch it, to its own loss
let rest = Buffer.alloc(0)
const read = () => {
  for (;;) {
    const end = rest.indexOf(10)
    if (end >= 0) {
      const line = rest.subarray(0, end)
      rest = rest.subarray(end + 1)
      return JSON.parse(line.toString())
    }
    const more = Buffer.alloc(65536)
    const size = fs.readSync(3, more, 0, more.length)
    if (!size) process.exit(98)
    rest = Buffer.concat([rest, more.subarray(0, size)])
  }
}
const write = message => {
  const data = Buffer.from(stringify(message) + '\n')
  for (let at = 0; at < data.length;) at += fs.writeSync(3, data, at)
}
const fail = error => {
  const told = error instanceof Error ? error : new Error(String(error))
  const family = [String(told.name)]
  for (let each = Object.getPrototypeOf(told); each && each !== Object.prototype; each = Object.getPrototypeOf(each)) family.push(String(each.constructor.name))
  write({ error: { kind: String(told.name), message: String(told.message).slice(0, 2000), trace: String(told.stack).slice(0, 8000), family } })
  process.exit(0)
}
// What JSON.stringify would change without a word, or refuse with words that say no cure.
const odd = (value, place, depth = 0) => {
  const where = place ? ` (at ${place})` : ''
  if (typeof value === 'bigint') return `a BigInt${where}; return String(...) instead`
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}${where}; return its parts instead`
  if (typeof value === 'number' && !Number.isFinite(value)) return `${value}${where} is no number of JSON; return null, or throw an error`
  if (value instanceof Set) return `a Set${where}; return [...set] instead`
  if (value instanceof Map) return `a Map${where}; return Object.fromEntries(map) instead`
  if (value === null || typeof value !== 'object' || depth > 200) return ''
  if (typeof value.toJSON === 'function') return ''
  for (const key of Object.keys(value)) {
    const found = odd(value[key], (place + (Array.isArray(value) ? `[${key}]` : `.${key}`)).slice(0, 80), depth + 1)
    if (found) return found
  }
  return ''
}
const move = () => { // another time for the second run of a test
  const Plain = Date, shift = (400 * 86400 + 12345) * 1000
  globalThis.Date = class Date extends Plain {
    constructor(...given) { given.length ? super(...given) : super(Plain.now() + shift) }
    static now() { return Plain.now() + shift }
  }
  process.env.TZ = 'Asia/Kathmandu'
}
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
const ask = (name, args) => {
  write({ call: name, arguments: args })
  const told = read()
  if ('error' in told) throw new Error(told.error)
  return told.value
}
const names = ['break_down_goal', 'route_goal', 'write_code', 'write_text', 'save', 'execute', 'retrieve']
globalThis.api = Object.fromEntries(names.map(name => [name, args => ask(name, args)]))
globalThis.api.exec_function = (name, args, version = null) => ask('exec_function', { name, arguments: args, version })
globalThis.require = require
const request = read()
if (request.elsewhere) move()
;(async () => {
  const code = fs.readFileSync('main.cjs', 'utf8')
  const call = vm.runInThisContext(`${code}\n;${request.function}`, { filename: `${request.function}.cjs` })
  if (typeof call !== 'function') throw new TypeError(`the code defines no function ${request.function}`)
  const value = await call(request.arguments)
  const fault = value === undefined ? '' : odd(value, '')
  if (fault) throw new TypeError(`the result is not JSON: ${fault}`)
  write({ result: value === undefined ? null : value })
  process.exit(0)
})().catch(fail)
