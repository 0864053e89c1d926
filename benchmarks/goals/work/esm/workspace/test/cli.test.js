const test = require('node:test')
const assert = require('node:assert')
const fs = require('fs')
const os = require('os')
const path = require('path')
const { execFileSync, spawnSync } = require('child_process')
const { main } = require('../bin/shelfmark')

const program = path.join(__dirname, '..', 'bin', 'shelfmark.js')
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'shelfmark-'))
const file = path.join(folder, 'marks.txt')
fs.writeFileSync(file, 'QA76\nnothing\nQA9\n')

test('its version', () => {
  assert.strictEqual(execFileSync(process.execPath, [program, '--version'], { encoding: 'utf8' }).trim(), require('../package.json').version)
})

test('check says what is wrong', async () => {
  const rows = []
  assert.strictEqual(await main(['check', file], (row) => rows.push(row)), 1)
  assert.deepStrictEqual(rows, ['2: nothing: is no shelf mark'])
})

test('an unknown command names those there are', () => {
  const done = spawnSync(process.execPath, [program, 'x'], { encoding: 'utf8' })
  assert.strictEqual(done.status, 2)
  assert.strictEqual(done.stdout, 'commands: check, sort\n')
})

test('a bin link works', () => {
  const link = path.join(folder, 'shelfmark')
  fs.symlinkSync(program, link)
  fs.writeFileSync(file, 'QA76\nQA9\n')
  assert.strictEqual(execFileSync(process.execPath, [link, 'sort', file], { encoding: 'utf8' }), 'QA9\nQA76\n')
})
