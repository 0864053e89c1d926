// What README.md says that other projects rely on.
import test from 'node:test'
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { spawnSync } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'

const top = path.dirname(fileURLToPath(import.meta.url))
const load = (name) => import(pathToFileURL(path.join(top, name)))
const names = ['compare', 'format', 'parse', 'rules', 'sort', 'version']
const run = (args, options = {}) => spawnSync(process.execPath, args, { encoding: 'utf8', cwd: top, ...options })

test('the index by name and by default', async () => {
  const whole = await load('lib/index.js')
  assert.deepEqual(Object.keys(whole).sort(), ['compare', 'default', 'format', 'parse', 'rules', 'sort', 'version'])
  assert.deepEqual(Object.keys(whole.default).sort(), names)
  for (const name of names) assert.equal(whole[name], whole.default[name])
  assert.equal(whole.version, '2.3.1')
  assert.equal(whole.format('qa1 .k4 .j39'), 'QA1 .J39 .K4')
  assert.equal(whole.format.short('qa1 .k4'), 'QA1')
  assert.equal(whole.format.long('qa1 .k4'), 'QA1 .K4')
  whole.rules().classes.length = 0
  assert.equal(whole.rules().classes.length, 21)
})

test('the package by its own name', () => {
  const program = 'import s, { parse } from "shelfmark"; import p, { ParseError } from "shelfmark/lib/parse.js";' +
    'console.log(p === parse && s.parse === p && p.ParseError === ParseError)'
  fs.mkdirSync(path.join(top, 'node_modules'), { recursive: true })
  fs.symlinkSync(top, path.join(top, 'node_modules', 'shelfmark'))
  assert.equal(run(['--input-type=module', '-e', program]).stdout.trim(), 'true')
})

test('parse and its error', async () => {
  const { default: parse, ParseError } = await load('lib/parse.js')
  assert.throws(() => parse('WA1'), ParseError)
  const before = Object.keys(globalThis)
  parse('QA1')
  assert.deepEqual(Object.keys(globalThis), before)
})

test('format has three names', async () => {
  const format = await load('lib/format.js')
  assert.deepEqual(Object.keys(format).sort(), ['default', 'long', 'short'])
  assert.equal(format.default, format.long)
})

test('each module may come first', () => {
  for (const name of ['order', 'format', 'parse', 'text', 'registry', 'lines', 'index', 'commands/sort', 'commands/check']) {
    assert.equal(run(['--input-type=module', '-e', `await import("./lib/${name}.js")`]).status, 0, name)
  }
})

test('a rule that is put in is seen', async () => {
  const text = await load('lib/text.js')
  const { parse } = await load('lib/index.js')
  text.addReplacement(/;/g, '.')
  assert.equal(text.replacements.length, 3)
  assert.equal(parse('QA76;5').number, 76.5)
})

test('importing the program does nothing', async () => {
  const done = run(['--input-type=module', '-e', 'const m = await import("./bin/shelfmark.js"); console.log(Object.keys(m).join())'])
  assert.equal(done.stdout, 'main\n')
  const { main } = await load('bin/shelfmark.js')
  const rows = []
  assert.equal(await main(['--version'], (row) => rows.push(row)), 0)
  assert.deepEqual(rows, ['2.3.1'])
})

test('a link, from another folder, with blanks in its name', () => {
  const folder = fs.mkdtempSync(path.join(top, 'a b '))
  fs.symlinkSync(path.join(top, 'bin/shelfmark.js'), path.join(folder, 'my mark'))
  fs.writeFileSync(path.join(folder, 'x.txt'), 'QA76\r\nQA9\r\n')
  const done = run([path.join(folder, 'my mark'), 'sort', 'x.txt'], { cwd: folder })
  assert.deepEqual([done.status, done.stdout], [0, 'QA9\nQA76\n'])
  assert.equal(run(['bin/shelfmark.js', 'check', path.join(folder, 'x.txt')]).status, 0)
})

test('a command that is dropped in is one', async () => {
  const place = path.join(top, 'lib/commands/count.js')
  fs.writeFileSync(place, 'export const help = "how many"\nexport const run = async (args, write) => { write(args.length); return 3 }\n')
  const done = run(['bin/shelfmark.js', 'count', 'a', 'b'])
  assert.deepEqual([done.status, done.stdout], [3, '2\n'])
  assert.equal(run(['bin/shelfmark.js', 'no']).stdout, 'commands: check, count, sort\n')
  for (const name of ['check', 'sort']) {
    assert.deepEqual(Object.keys(await load(`lib/commands/${name}.js`)).filter((each) => each !== 'default').sort(), ['help', 'run'])
  }
  assert.equal(run(['bin/shelfmark.js', '../lines']).status, 2)
})
