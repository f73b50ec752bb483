/** Ends a respawner that ignores SIGTERM, repeatedly. No process of it may survive. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { interleave } from './lib/interleave.mjs';
import { median, p95 } from './lib/statistics.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20' } } });
const workplace = openWorkplace();
const program = workplace.bin('resource-manager');
let number = 0;
const survivors = { cgroup: 0, ledger: 0 };

/** Pids of the sleep processes of one respawner, identified by their duration. */
const alive = (seconds) =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${seconds}\0`;
    } catch {
      return false;
    }
  });

async function end(containment) {
  number += 1;
  const dir = `${workplace.folder}/${containment}-${number}`;
  const seconds = `${600 + number}.${process.pid}`;
  workplace.run([program, 'init', '--max', '4', '--per-project', '4'], { dir });
  workplace.run([program, 'config', 'set', 'containment', containment], { dir });
  const script = `trap : TERM; while :; do setsid sleep ${seconds} & wait; done`;
  const env = { PATH: process.env.PATH, HOME: workplace.folder, RESOURCE_MANAGER_DIR: dir };
  const run = spawn(process.execPath, [program, 'run', 'odin', '--', 'bash', '-c', script], { env, stdio: 'ignore' });
  const ended = new Promise((resolve) => run.once('exit', resolve));
  while (alive(seconds).length === 0 || !readFileSync(`${dir}/slots.yaml`, 'utf8').includes('"root"')) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { ms } = workplace.run([workplace.bin('resource-kill'), 'odin', '-y', '--grace', '200ms'], { dir });
  await ended;
  const left = alive(seconds);
  survivors[containment] += left.length;
  for (const pid of left) process.kill(Number(pid), 'SIGKILL');
  return ms;
}

const samples = await interleave(Number(values.runs), 0, { cgroup: () => end('cgroup'), ledger: () => end('ledger') });
printTable(`a respawner that ignores SIGTERM, ${values.runs} times`, [
  ['', 'survivors', 'median ms', 'p95 ms'],
  ...Object.entries(samples).map(([name, ms]) => [
    name,
    String(survivors[name]),
    median(ms).toFixed(0),
    p95(ms).toFixed(0),
  ]),
]);
printTarget('0 survivors', survivors.cgroup + survivors.ledger === 0);
