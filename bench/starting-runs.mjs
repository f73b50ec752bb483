/** Runs that start all the time, beside `reap --yes` without a pause. None of them may be ended: each is held and alive. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { enterNamespaces, mountOwnCgroups } from './lib/namespaces.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '1000' } } });
await enterNamespaces({ cgroup: true });
mountOwnCgroups();
const wanted = Number(values.runs);
const AT_ONCE = 6;
const REAPERS = 2;

const workplace = openWorkplace();
const program = workplace.bin('resource-manager');

async function measure(containment, count) {
  const dir = join(workplace.folder, containment);
  workplace.run([program, 'init', '--max', '64', '--per-project', '64'], { dir });
  for (const [key, value] of [
    ['containment', containment],
    ['slot_memory', '0'],
  ])
    workplace.run([program, 'config', 'set', key, value], { dir });
  let isOver = false;
  let looks = 0;
  let left = count;
  const ends = new Map();
  const reaper = async () => {
    while (!isOver) {
      await once(
        workplace.start([program, 'reap', '--yes', '--quiet', '--grace', '200ms'], { dir, stdio: 'ignore' }),
        'exit',
      );
      looks += 1;
    }
  };
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const child = spawn(process.execPath, [program, 'run', 'odin', '--', 'sleep', '0.4'], {
        env: { PATH: process.env.PATH, HOME: workplace.folder, RESOURCE_MANAGER_DIR: dir },
        stdio: 'ignore',
      });
      const [code, signal] = await once(child, 'exit');
      const how = signal ?? code;
      ends.set(how, (ends.get(how) ?? 0) + 1);
    }
  };
  const reapers = Array.from({ length: REAPERS }, reaper);
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  isOver = true;
  await Promise.all(reapers);
  const well = ends.get(0) ?? 0;
  return {
    containment,
    count,
    looks,
    others: count - well,
    ends: [...ends].map(([how, times]) => `${how}: ${times}`).join(', '),
  };
}

const rows = [];
for (const containment of ['ledger', 'cgroup']) rows.push(await measure(containment, Math.ceil(wanted / 2)));
printTable('runs that start beside reap --yes', [
  ['containment', 'runs', 'reap --yes meanwhile', 'ended otherwise', 'exit codes'],
  ...rows.map(({ containment, count, looks, others, ends }) => [
    containment,
    String(count),
    String(looks),
    String(others),
    ends,
  ]),
]);
const harmed = rows.reduce((sum, { others }) => sum + others, 0);
printTarget(`0 of ${wanted} runs ended`, harmed === 0);
process.exitCode = harmed === 0 ? 0 : 1;
