/** Many processes on a few slots, checked by a log outside the package: never too many holders, never an error. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeState } from './lib/state.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const SLOTS = 4;
const WINDOWS = 10;
const WORKER = fileURLToPath(new URL('./lib/worker.cjs', import.meta.url));

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '16' },
    pairs: { type: 'string', default: '50' },
    'hold-ms': { type: 'string', default: '100' },
  },
});

async function runWorkers(workplace, dir, log) {
  const commands = [workplace.bin('request-slots'), workplace.bin('release-slots')];
  const workers = Array.from({ length: Number(values.workers) }, (_, at) => {
    const words = [WORKER, ...commands, `project${at}`, values.pairs, values['hold-ms'], log];
    return workplace.start(words, { dir, stdio: ['ignore', 'ignore', 'inherit'] });
  });
  const codes = await Promise.all(workers.map(async (worker) => (await once(worker, 'exit'))[0]));
  return codes.reduce((sum, code) => sum + (code ?? 1), 0);
}

/** Counts the holders over the log, whose lines are in the order of events. */
function replay(text) {
  const held = new Set();
  let most = 0;
  let twice = 0;
  const grantedAt = [];
  for (const line of text.trimEnd().split('\n')) {
    const [sign, lease, at] = line.split(' ');
    if (sign === '-') held.delete(lease);
    else {
      if (held.has(lease)) twice += 1;
      held.add(lease);
      grantedAt.push(Number(at) / 1e9);
    }
    most = Math.max(most, held.size);
  }
  return { most, twice, grantedAt };
}

/** Grants per second in the whole run, and in its slowest and fastest tenth. */
function rates(grantedAt) {
  const rate = (from, to) => (to - from) / (grantedAt[to] - grantedAt[from]);
  const last = grantedAt.length - 1;
  const bound = (window) => Math.floor((window * last) / WINDOWS);
  const windows = Array.from({ length: WINDOWS }, (_, window) => rate(bound(window), bound(window + 1)));
  return { all: rate(0, last), least: Math.min(...windows), most: Math.max(...windows) };
}

const workplace = openWorkplace();
const dir = await makeState(workplace, 'state', { maxSlots: SLOTS });
const log = join(workplace.folder, 'witness.log');
writeFileSync(log, '');
const errors = await runWorkers(workplace, dir, log);
const { most, twice, grantedAt } = replay(readFileSync(log, 'utf8'));
const wanted = Number(values.workers) * Number(values.pairs);
const { all, least, most: fastest } = rates(grantedAt);

printTable(`${values.workers} processes × ${values.pairs} pairs on ${SLOTS} slots, each held ${values['hold-ms']} ms`, [
  ['pairs done', `${grantedAt.length} of ${wanted}`],
  ['errors', String(errors)],
  ['most held at once', `${most} of ${SLOTS}`],
  ['leases given twice', String(twice)],
  ['pairs per second', all.toFixed(1)],
  ['noise: slowest and fastest tenth', `${least.toFixed(1)}–${fastest.toFixed(1)}`],
]);
printTarget(
  `0 errors, at most ${SLOTS} at once and ${SLOTS} reached`,
  errors === 0 && twice === 0 && grantedAt.length === wanted && most === SLOTS,
);
