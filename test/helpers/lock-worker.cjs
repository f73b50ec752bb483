'use strict';
/**
 * A contender for a lock. For each line on standard input it takes the lock, adds one to a counter by reading and writing
 * (so that two holders at once lose one), appends to a witness file, releases the lock and answers with a line.
 */
const fs = require('node:fs');
const readline = require('node:readline');

const [, , bundle, lockDir, counter, witness] = process.argv;
const { takeLock, linuxProcesses } = require(bundle);
const processes = linuxProcesses();
const self = processes.find(process.pid);

async function turn() {
  const lock = await takeLock(lockDir, {
    self,
    isDead: (ref) => processes.proveDead([ref]).size > 0,
    nowMs: Date.now,
    timeoutMs: 20_000,
    hungAfterMs: 5_000,
  });
  fs.appendFileSync(witness, '1\n');
  fs.writeFileSync(counter, String(Number(fs.readFileSync(counter, 'utf8')) + 1));
  fs.appendFileSync(witness, '-1\n');
  lock.release();
}

const say = (line) => process.stdout.write(`${line}\n`);

say('ready');
readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  if (line === 'die inside') {
    await takeLock(lockDir, { self, isDead: () => false, nowMs: Date.now, timeoutMs: 20_000, hungAfterMs: 5_000 });
    process.kill(process.pid, 'SIGKILL');
  }
  await turn();
  say('done');
});
