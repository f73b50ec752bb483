'use strict';
/**
 * The attacker's hands: runs as the member of the group and carries out one list of steps for each line of its standard input. It
 * answers with the number of steps that were permitted.
 */
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const readline = require('node:readline');

const HANG_MS = 20_000;

const steps = {
  link: ({ path, target }) => fs.symlinkSync(target, path),
  hard: ({ path, target }) => fs.linkSync(target, path),
  fifo: ({ path }) => execFileSync('mkfifo', ['-m', '666', path], { stdio: 'ignore' }),
  socket: ({ path }) =>
    void net
      .createServer()
      .on('error', () => {})
      .listen(path),
  folder: ({ path, mode = 0o777 }) => {
    fs.mkdirSync(path);
    fs.chmodSync(path, mode);
  },
  file: ({ path, text = '', mode = 0o666, size }) => {
    fs.writeFileSync(path, text, { flag: 'wx' });
    if (size !== undefined) fs.truncateSync(path, size);
    fs.chmodSync(path, mode);
  },
  /** In place, so that the owner stays. */
  write: ({ path, text }) => fs.writeFileSync(path, text, { flag: 'r+' }),
  truncate: ({ path, size }) => fs.truncateSync(path, size),
  replace: ({ path, text, mode = 0o664 }) => {
    fs.writeFileSync(`${path}.planted`, text, { flag: 'wx' });
    fs.chmodSync(`${path}.planted`, mode);
    fs.renameSync(`${path}.planted`, path);
  },
  move: ({ path, to }) => fs.renameSync(path, to),
  remove: ({ path }) => fs.rmSync(path, { recursive: true }),
  mode: ({ path, mode }) => fs.chmodSync(path, mode),
  times: ({ path, at }) => fs.utimesSync(path, at, at),
  /** Changes what is at the path between a link and what was there, as fast as it goes, for some milliseconds. */
  flip: ({ path, target, ms }) => {
    const code = `const fs = require('fs'); const [p, t, ms] = process.argv.slice(1); const end = Date.now() + Number(ms);
      fs.symlinkSync(t, p + '.flip');
      while (Date.now() < end) { try { fs.renameSync(p, p + '.kept'); fs.renameSync(p + '.flip', p); } catch {}
        try { fs.renameSync(p, p + '.flip'); fs.renameSync(p + '.kept', p); } catch {} }`;
    spawn(process.execPath, ['-e', code, path, target, String(ms)], { stdio: 'ignore' });
  },
  command: ({ words, input = '' }) => {
    const { error } = spawnSync(process.execPath, words, {
      input,
      timeout: HANG_MS,
      killSignal: 'SIGKILL',
      encoding: 'utf8',
    });
    if (error) throw error;
  },
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, list } = JSON.parse(line);
  let done = 0;
  const errors = [];
  for (const step of list) {
    try {
      steps[step.do](step);
      done += 1;
    } catch (error) {
      errors.push(`${step.do} ${step.path ?? ''}: ${error.code ?? error.message}`);
    }
  }
  process.stdout.write(`${JSON.stringify({ id, done, errors })}\n`);
});
