/** `run -- true` against a bare `node -e 0`: the cost of a slot, a containment and a guard. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { interleave } from './lib/interleave.mjs';
import { median } from './lib/statistics.mjs';
import { printSamples, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET = 1.8;
const AT_ONCE = 16;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, times: { type: 'string', default: '200' } },
});
const TIMES = Number(values.times);
const workplace = openWorkplace();
const program = workplace.bin('resource-manager');

function stateWith(containment) {
  const dir = `${workplace.folder}/${containment}`;
  workplace.run([program, 'init', '--max', String(AT_ONCE), '--per-project', String(AT_ONCE)], { dir });
  workplace.run([program, 'config', 'set', 'slot_memory', '0'], { dir });
  workplace.run([program, 'config', 'set', 'containment', containment], { dir });
  return dir;
}

let failures = 0;

/** Runs all TIMES, AT_ONCE in parallel; returns the milliseconds in total. */
async function lot(words, dir) {
  const env = {
    PATH: process.env.PATH,
    HOME: workplace.folder,
    ...(dir === null ? {} : { RESOURCE_MANAGER_DIR: dir }),
  };
  const one = () =>
    new Promise((resolve) => {
      spawn(words[0], words.slice(1), { env, stdio: 'ignore' }).once('exit', (code) => {
        if (code !== 0) failures += 1;
        resolve();
      });
    });
  let left = TIMES;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await one();
    }
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return performance.now() - from;
}

const bare = () => lot([process.execPath, '-e', '0'], null);
const run = (dir) => () => lot([process.execPath, program, 'run', 'p', '--quiet', '--', 'true'], dir);
const samples = await interleave(Number(values.rounds), 1, {
  'node -e 0 A': bare,
  'node -e 0 B': bare,
  'run, cgroup': run(stateWith('cgroup')),
  'run, ledger': run(stateWith('ledger')),
});
printSamples(`${TIMES} times by ${AT_ONCE} processes at once on ${AT_ONCE} slots`, samples, 'node -e 0');
const peer = median([...samples['node -e 0 A'], ...samples['node -e 0 B']]);
const worst = Math.max(median(samples['run, cgroup']), median(samples['run, ledger'])) / peer;
printTarget(
  `≤ ${TARGET} × node -e 0 and 0 failures (worst ${worst.toFixed(2)}, ${failures} failures)`,
  worst <= TARGET && failures === 0,
);
