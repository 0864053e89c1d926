// Runs a spec file written for jest with nothing but node: its globals, the matchers these files use, `./x` for `./x.js`.
import { readFileSync, writeFileSync, unlinkSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { pathToFileURL } from 'node:url';

const tests = [];
let path = [];
let hooks = { before: [], after: [] };

globalThis.describe = (name, body) => {
  const kept = { path, hooks };
  path = [...path, name];
  hooks = { before: [...hooks.before], after: [...hooks.after] };
  body();
  ({ path, hooks } = kept);
};
globalThis.xdescribe = globalThis.describe;
globalThis.beforeEach = (body) => hooks.before.push(body);
globalThis.afterEach = (body) => hooks.after.push(body);
globalThis.test = (name, body) => tests.push({ name: [...path, name].join(' > '), body, hooks });
globalThis.test.skip = globalThis.test;
globalThis.xtest = globalThis.it = globalThis.xit = globalThis.test;

const plain = (value, seen = new Set()) => {
  if (!value || typeof value !== 'object' || value instanceof Map || value instanceof Set || seen.has(value)) return value;
  const inside = new Set([...seen, value]);
  if (Array.isArray(value)) return value.map((each) => plain(each, inside));
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined && typeof each !== 'function')
    .map(([key, each]) => [key, plain(each, inside)]));
};
const same = (one, other) => isDeepStrictEqual(one, other) || isDeepStrictEqual(plain(one), plain(other));
const shown = (value) => { try { return JSON.stringify(value) ?? String(value); } catch { return String(value); } };
const fits = (error, wanted) => wanted === undefined
  || (typeof wanted === 'string' ? String(error?.message).includes(wanted)
    : wanted instanceof RegExp ? wanted.test(String(error?.message))
      : typeof wanted === 'function' ? error instanceof wanted : error?.message === wanted?.message);

const matchers = {
  toBe: (got, wanted) => Object.is(got, wanted),
  toEqual: same,
  toBeCloseTo: (got, wanted, digits = 2) => Math.abs(got - wanted) < 10 ** -digits / 2,
  toBeInstanceOf: (got, kind) => got instanceof kind,
  toBeUndefined: (got) => got === undefined,
  toBeDefined: (got) => got !== undefined,
  toBeNull: (got) => got === null,
  toMatch: (got, wanted) => (wanted instanceof RegExp ? wanted.test(got) : String(got).includes(wanted)),
};

function outcome(got, name, passes, wanted, negated) {
  if (passes === negated) {
    throw new Error(`expected ${shown(got)} ${negated ? 'not ' : ''}${name} ${shown(wanted)}`);
  }
}

function thrown(body, wanted, negated) {
  let error;
  let threw = false;
  try { body(); } catch (each) { error = each; threw = true; }
  outcome(threw ? error?.message : 'no error', 'toThrow', threw && fits(error, wanted), wanted?.message ?? wanted, negated);
}

function checks(got, negated) {
  const found = Object.fromEntries(Object.entries(matchers).map(([name, passes]) => [
    name, (wanted, more) => outcome(got, name, passes(got, wanted, more), wanted, negated)]));
  const throws = (wanted) => (typeof got === 'function' ? thrown(got, wanted, negated)
    : outcome(got?.message, 'toThrow', fits(got, wanted), wanted, negated));
  return { ...found, toThrow: throws, toThrowError: throws };
}

const later = (promise, pick) => new Proxy({}, {
  get: (_, name) => async (...wanted) => checks(await pick(promise), false)[name](...wanted),
});

globalThis.expect = (got) => ({
  ...checks(got, false),
  not: checks(got, true),
  get resolves() { return later(got, (promise) => promise); },
  get rejects() {
    return later(got, (promise) => promise.then(() => { throw new Error('it resolved'); }, (error) => error));
  },
});

const spec = process.argv[2];
const copy = spec.replace(/\.spec\.js$/, `.spec-${process.pid}.mjs`);
// As babel has it: a module of either kind, whose exports are looked for in its default, too.
const source = readFileSync(spec, 'utf8').replace(
  /import\s+([^;'"]+?)\s+from\s+['"](\.\/[^'"]+?)(?:\.js)?['"]/g,
  (_, names, file) => {
    const wanted = names.trim().startsWith('{') ? names.replace(/\s+as\s+/g, ': ') : `{ default: ${names} }`;
    return `const ${wanted} = __exports(await import('${file}.js'))`;
  },
);
const head = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
const __dirname = import.meta.dirname ?? process.cwd();
const __exports = (found) => ({ ...(found.default && typeof found.default === 'object' ? found.default : {}), ...found });
`;
writeFileSync(copy, head + source);
let failed = 0;
try {
  await import(pathToFileURL(copy).href);
  for (const { name, body, hooks: around } of tests) {
    try {
      for (const hook of around.before) await hook();
      await body();
      for (const hook of around.after) await hook();
    } catch (error) {
      failed += 1;
      console.log(`not ok ${name}\n  ${error?.message ?? error}`);
    }
  }
} catch (error) {
  failed += 1;
  console.log(`not ok the file itself\n  ${error?.stack ?? error}`);
} finally {
  unlinkSync(copy);
}
console.log(`${tests.length - failed} of ${tests.length} tests pass`);
process.exit(failed || !tests.length ? 1 : 0);
