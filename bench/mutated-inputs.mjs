/**
 * Mutated inputs: `--inputs N` to the readers in this process, `--commands N` to the commands, in `--threads N`, at most
 * `--minutes N` for each of both. Prints each kind of broken promise once, with the options that repeat it.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const number = (value) => ({ type: 'string', default: String(value) });
const { values } = parseArgs({
  options: {
    inputs: number(1_000_000),
    commands: number(10_000),
    seed: number(1),
    from: number(0),
    threads: number(2),
    minutes: number(60),
  },
});
const [inputs, commands, seed, from, threads, minutes] = [
  ...[values.inputs, values.commands, values.seed, values.from, values.threads, values.minutes],
].map(Number);

const workplace = openWorkplace();

/** Feeds `count` inputs, shared out in order to the threads; `placeOf` gives a thread the place of its commands. */
async function feedAll(count, placeOf) {
  const share = Math.ceil(count / threads);
  const deadlineMs = Date.now() + minutes * 60_000;
  const answers = Array.from({ length: threads }, async (_, at) => {
    const range = { seed, from: from + at * share, to: from + Math.min(count, (at + 1) * share), deadlineMs };
    const workerData = { folder: workplace.folder, range, place: placeOf(at) };
    // As deep as the stack of a process: that of a thread is four times deeper.
    const options = { workerData, resourceLimits: { stackSizeMb: 1 } };
    const worker = new Worker(new URL('./lib/mutation-worker.mjs', import.meta.url), options);
    return (await once(worker, 'message'))[0];
  });
  return Promise.all(answers);
}

/** Prints the sum of the answers of all threads; returns true if nothing is broken and all were fed. */
function print(name, option, asked, answers) {
  const counts = {};
  for (const one of answers) for (const [target, count] of one.counts) counts[target] = (counts[target] ?? 0) + count;
  const fed = answers.reduce((sum, one) => sum + one.fed, 0);
  const kinds = new Map(answers.flatMap(({ found }) => found.map((one) => [one.kind, one])));
  const list = Object.entries(counts).map(([target, count]) => `${target} ${count}`);
  console.log(`${name}: ${list.join(', ')}`);
  const others = { '--inputs': '--commands 0', '--commands': '--inputs 0' };
  for (const { target, at, why, text, stack } of kinds.values()) {
    console.log(`\n${target}: ${why}`);
    console.log(`repeat: node bench/mutated-inputs.mjs --seed ${seed} --from ${at} ${option} 1 ${others[option]}`);
    console.log(`${text.slice(0, 2_000)}\n${stack}\n`);
  }
  const isMet = fed === asked && kinds.size === 0;
  printTarget(
    `${fed} of ${asked} inputs ${name}, seed ${seed}, from ${from}: ${kinds.size} kinds of broken promises`,
    isMet,
  );
  return isMet;
}

const program = workplace.bin('resource-manager');
const results = [];
for (const [name, option, count, placeOf] of [
  ['in process', '--inputs', inputs, () => null],
  ['through the commands', '--commands', commands, (at) => ({ folder: join(workplace.folder, `place${at}`), program })],
])
  if (count > 0) results.push(print(name, option, count, await feedAll(count, placeOf)));
process.exitCode = results.every(Boolean) ? 0 : 1;
