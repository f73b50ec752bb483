/** The cost of a monitor that samples once a second: processor time, memory, descriptors, children. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET_CPU_PERCENT = 0.3;
const TARGET_RSS_MIB = 60;
/** Memory may vary by this much after the first minute; a larger increase counts as growth. */
const GROWTH_MIB = 2;
const TICK_MS = 10;
const SETTLE_MS = 10_000;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, textfile: { type: 'boolean', default: false } },
});
const workplace = openWorkplace();
const dir = `${workplace.folder}/state`;
const program = workplace.bin('resource-manager');
workplace.run([program, 'init', '--max', '20', '--per-project', '20'], { dir });
if (values.textfile) {
  mkdirSync(`${workplace.folder}/textfile`);
  workplace.run([program, 'config', 'set', 'monitor.textfile', `${workplace.folder}/textfile`], { dir });
}
const env = { PATH: process.env.PATH, HOME: workplace.folder, RESOURCE_MANAGER_DIR: dir };
const holders = Array.from({ length: 5 }, () => spawn('sleep', ['7200'], { stdio: 'ignore' }));
for (const [at, { pid }] of holders.entries())
  workplace.run([workplace.bin('request-slots'), `project${at}`, '2', '--pid', String(pid)], { dir });

for (const containment of ['cgroup', 'ledger']) {
  workplace.run([program, 'config', 'set', 'containment', containment], { dir });
  holders.push(spawn(process.execPath, [program, 'run', 'runs', '--', 'sleep', '7200'], { env, stdio: 'ignore' }));
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
const monitor = workplace.start([program, 'monitor', '--interval', '1s'], { dir, stdio: 'ignore' });
process.once('exit', () => {
  for (const holder of holders) holder.kill('SIGTERM');
});

const text = (name) => readFileSync(`/proc/${monitor.pid}/${name}`, 'utf8');
function look() {
  const fields = text('stat')
    .slice(text('stat').lastIndexOf(')') + 2)
    .split(' ');
  const kib = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text('status'))?.[1]);
  const children = readdirSync(`/proc/${monitor.pid}/task`).flatMap((task) =>
    text(`task/${task}/children`).split(' ').filter(Boolean),
  );
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    rssMib: kib('VmRSS') / 1024,
    anonMib: kib('RssAnon') / 1024,
    fds: readdirSync(`/proc/${monitor.pid}/fd`).length,
    children: children.length,
  };
}

await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
const began = performance.now();
const first = look();
const looks = [];
const endMs = Number(values.minutes) * 60_000 - SETTLE_MS;
while (performance.now() - began < endMs) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  looks.push({ at: performance.now() - began, ...look() });
}
const last = looks.at(-1);
const cpu = (100 * (last.cpuMs - first.cpuMs)) / last.at;
const afterAMinute = looks.find(({ at }) => at >= Math.min(60_000, last.at / 2));
const most = (key) => Math.max(...looks.map((one) => one[key]));
const mean = (list) => list.reduce((sum, { anonMib }) => sum + anonMib, 0) / list.length;
const late = looks.filter(({ at }) => at >= afterAMinute.at);
const growth = mean(late.slice(-Math.ceil(late.length / 3))) - mean(late.slice(0, Math.ceil(late.length / 3)));

const beside = values.textfile ? ', with monitor.textfile' : '';
printTable(`monitor at 1 Hz for ${values.minutes} minutes, 5 leases and 2 runs${beside}`, [
  ['share of a core', `${cpu.toFixed(2)} %`],
  [
    'resident after a minute / at the end / most',
    `${afterAMinute.rssMib.toFixed(1)} / ${last.rssMib.toFixed(1)} / ${most('rssMib').toFixed(1)} MiB`,
  ],
  ['its own (anonymous) at the end', `${last.anonMib.toFixed(1)} MiB`],
  ['growth, last third against first', `${growth.toFixed(2)} MiB`],
  ['open files, first and last', `${first.fds} and ${last.fds}`],
  ['child processes ever seen', String(most('children'))],
]);
printTarget(
  `≤ ${TARGET_CPU_PERCENT} % of a core, ≤ ${TARGET_RSS_MIB} MiB, no growth, no children`,
  cpu <= TARGET_CPU_PERCENT &&
    most('rssMib') <= TARGET_RSS_MIB &&
    growth <= GROWTH_MIB &&
    last.fds <= first.fds &&
    most('children') === 0,
);
process.exit();
