'use strict';
/**
 * Runs the built commands one after the other in one process, each at the time that it is given, so that hundreds of runs
 * take seconds. A message is `{ now, words, env }`; the answer is `{ status, stdout, stderr }`.
 */
const fs = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const ROOT = join(__dirname, '..', '..');
const RealDate = Date;
let now = 0;
globalThis.Date = class extends RealDate {
  constructor(...words) {
    super(...(words.length === 0 ? [now] : words));
  }
  static now() {
    return now;
  }
};

/** The machine of all lives has booted before they begin. */
const BOOTED_AT = RealDate.UTC(2020, 0, 1);
const { readFileSync, writeSync } = fs;
fs.readFileSync = (path, ...rest) =>
  path === '/proc/uptime' ? `${(now - BOOTED_AT) / 1000} 0.00\n` : readFileSync(path, ...rest);

const printed = { 1: '', 2: '' };
fs.writeSync = (fd, data, ...rest) => {
  if (fd !== 1 && fd !== 2) return writeSync(fd, data, ...rest);
  const [offset = 0, length] = typeof data === 'string' ? [] : rest;
  const bytes = typeof data === 'string' ? Buffer.from(data) : data.subarray(offset, length && offset + length);
  printed[fd] += bytes.toString('utf8');
  return bytes.length;
};

// The bundle is one expression, a function of the names of a module, as `dist/launch.cjs` runs it.
const filename = join(ROOT, 'dist', 'main.cjs');
const bundle = { exports: {} };
new Script(fs.readFileSync(filename, 'latin1'), { filename }).runInThisContext()(bundle.exports, require, bundle);
const { main } = bundle.exports;

process.on('message', async ({ now: at, words, env }) => {
  now = at;
  printed[1] = '';
  printed[2] = '';
  process.exitCode = undefined;
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const [invokedAs, ...args] = words;
  process.argv = [process.execPath, invokedAs, ...args];
  await main(invokedAs, ROOT);
  const status = process.exitCode ?? 0;
  process.exitCode = undefined;
  process.send({ status, stdout: printed[1], stderr: printed[2] });
});
