/**
 * Workers whose commands are killed (kill -9) and stopped (SIGSTOP) at random, beside a monitor that is killed too, with a full
 * disk for a third of the time. A count beside the code finds over-grants, lost reports and leaks.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { openCount } from './lib/crash-count.mjs';
import { openWorker } from './lib/crash-worker.mjs';
import { fill } from './lib/full-disk.mjs';
import { enterNamespaces, mountFileSystem } from './lib/namespaces.mjs';
import { commandLine, pids, signal, stat } from './lib/proc.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { random } from './lib/traces.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const MAX = 12;
const LOOK_MS = 50;
const CHAOS_MS = 700;
const STOPPED_AT_MOST_MS = 8_000;
/** Each cycle has ten seconds of a full disk. */
const CYCLE_MS = 30_000;
/** The ending of a `resource-kill` that was itself killed counts for two minutes. */
const CALM_MS = 150_000;
const KEPT =
  /^(slots\.yaml(\.bak|\.lock)?|config\.yaml|history|ledger|beats|ids|lock-of-monitor|monitor.*|prices\.json)$/;

const option = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: { minutes: option('30'), seed: option('1'), workers: option('16'), containment: option('auto') },
});
await enterNamespaces();

const [minutes, seed, workers] = [values.minutes, values.seed, values.workers].map(Number);
const next = random(seed);
const workplace = openWorkplace();
const [dir, witnesses] = ['state', 'witnesses'].map((name) => join(workplace.folder, name));
for (const folder of [dir, witnesses]) mkdirSync(folder);
mountFileSystem(dir, 64);
writeFileSync(
  join(dir, 'slots.yaml'),
  `version: 1\nmax_slots: ${MAX}\nslot_allocation: {}\nvm_limits: { max_cpu_percent: 100, max_memory_percent: 100, max_load_average: 1000, max_disk_percent: 100 }\nleases: []\nqueue: []\n`,
);
writeFileSync(
  join(dir, 'config.yaml'),
  `max_per_project: ${MAX}\nslot_memory: 0\ncontainment: ${values.containment}\nmonitor: { cpu_pressure_percent: 100, grace: 500ms, critical_disk_percent: 100 }\n`,
);
const env = { PATH: process.env.PATH, HOME: workplace.folder, RESOURCE_MANAGER_DIR: dir };
const count = openCount({ dir, witnesses, max: MAX });
const cgroups = () => [...count.folders].filter(existsSync);

const until = performance.now() + minutes * 60_000;
const isOver = () => performance.now() > until;
const { bin } = workplace;
const all = Array.from({ length: workers }, (_, at) =>
  openWorker({ at, next: random(seed * 1_000 + at), bin, env, count, witnesses, isOver }),
);
for (const { agent } of all)
  workplace.run([bin('resource-manager'), 'budget', 'allocate', agent, '--tokens', '1G'], { dir });

let monitor = null;
let monitors = 0;
function startMonitor() {
  if (monitor !== null && monitor.exitCode === null && monitor.signalCode === null) return;
  monitors += 1;
  const words = [bin('resource-manager'), 'monitor', '--interval', '300ms'];
  monitor = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Background processes of the product: guards, monitors, commands. */
const ours = () => pids().filter((pid) => commandLine(pid).includes(`${workplace.folder}/package/`));

/** Kills or stops one process of the product, whatever it does: a guard, the monitor, a wrapper, the command of a run. */
function disturb() {
  const found = [...ours(), ...count.live().map(({ pid }) => pid)];
  if (found.length === 0) return;
  const pid = found[Math.floor(next() * found.length)];
  for (const worker of all) worker.isOwnRun(pid);
  const parent = stat(pid)?.parent;
  if (parent !== undefined) for (const worker of all) worker.isOwnRun(parent);
  signal(pid, next() < 0.5 ? 'SIGKILL' : 'SIGSTOP');
}

const stoppedSince = new Map();
function thaw(atMostMs) {
  const now = performance.now();
  for (const pid of pids()) {
    if (stat(pid)?.state !== 'T') stoppedSince.delete(pid);
    else if (now - (stoppedSince.get(pid) ?? now) >= atMostMs) signal(pid, 'SIGCONT');
    else if (!stoppedSince.has(pid)) stoppedSince.set(pid, now);
  }
}

let emptied = null;
function turnDisk() {
  const isFull = (performance.now() % CYCLE_MS) / CYCLE_MS > 2 / 3 && !isOver();
  if (isFull && emptied === null) emptied = fill(dir);
  if (!isFull && emptied !== null) {
    emptied();
    emptied = null;
  }
}

startMonitor();
const timers = [
  setInterval(() => count.look(), LOOK_MS),
  setInterval(disturb, CHAOS_MS),
  setInterval(() => thaw(STOPPED_AT_MOST_MS), 500),
  setInterval(turnDisk, 100),
  setInterval(startMonitor, 3_000),
];
await Promise.all(all.map((worker) => worker.work()));

clearInterval(timers[1]);
const thawing = setInterval(() => thaw(0), 200);
turnDisk();
for (const worker of all) await worker.finish();

/** Waits until nothing is left of the runs; returns false at the deadline. */
async function calm() {
  const deadline = performance.now() + CALM_MS;
  while (performance.now() < deadline) {
    const { leases, queue } = parse(readFileSync(join(dir, 'slots.yaml'), 'utf8'));
    const others = ours().filter((pid) => pid !== monitor.pid);
    if ((leases ?? []).length + (queue ?? []).length + others.length + count.live().length + cgroups().length === 0)
      return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
await calm();
for (const timer of [...timers, thawing]) clearInterval(timer);
signal(monitor.pid, 'SIGTERM');
if (monitor.exitCode === null && monitor.signalCode === null)
  await new Promise((resolve) => monitor.once('exit', resolve));

const state = parse(readFileSync(join(dir, 'slots.yaml'), 'utf8'));
for (const lease of state.leases ?? []) count.fault('leak', `lease ${JSON.stringify(lease)}`);
for (const entry of state.queue ?? []) count.fault('leak', `queue ${JSON.stringify(entry)}`);
for (const folder of cgroups()) count.fault('leak', `cgroup ${folder}`);
for (const pid of ours()) count.fault('leak', `process ${pid} ${commandLine(pid)}`);
for (const { pid } of count.live()) count.fault('leak', `command ${pid} of a run`);
for (const name of readdirSync(dir)) if (!KEPT.test(name)) count.fault('leak', `file ${name}`);
if (existsSync(join(dir, 'ledger')))
  for (const name of readdirSync(join(dir, 'ledger'))) count.fault('leak', `file ledger/${name}`);
const lock = readdirSync(join(dir, 'slots.yaml.lock'), { recursive: true });
if (lock.join() !== 'free') count.fault('leak', `the lock has ${lock.join()}`);

const status = JSON.parse(workplace.run([bin('resource-manager'), 'budget', 'status', '--json'], { dir }).stdout);
for (const { agent, consumed, reserved } of status.agents) {
  const acknowledged = count.acknowledged.get(agent) ?? 0;
  if (consumed.tokens !== acknowledged)
    count.fault('lost report', `${agent}: ${consumed.tokens}, acknowledged ${acknowledged}`);
  if (reserved.tokens !== 0) count.fault('leak', `reservation of ${agent}`);
}

const sum = (key) => all.reduce((total, { figures }) => total + figures[key], 0);
const outcomes = {};
for (const { figures } of all)
  for (const [outcome, times] of Object.entries(figures.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + times;
const slowest = all.map(({ figures }) => figures).sort((a, b) => b.slowestMs - a.slowestMs)[0];
const { most, looks } = count.figures();
printTable(`${workers} workers for ${minutes} min, seed ${seed}, a full disk for a third of it`, [
  ['commands', String(sum('commands'))],
  ['killed', String(sum('killed'))],
  ['stopped', String(sum('stopped'))],
  ['monitors started', String(monitors)],
  [
    'ends',
    Object.entries(outcomes)
      .map(([outcome, times]) => `${outcome}: ${times}`)
      .join(', '),
  ],
  ['looks at the state', String(looks)],
  ['most slots known to be held', `${most} of ${MAX}`],
  ['slowest command without a fault of its own', `${(slowest.slowestMs / 1_000).toFixed(1)} s: ${slowest.slowest}`],
  ['tokens acknowledged', String([...count.acknowledged.values()].reduce((total, tokens) => total + tokens, 0))],
]);
for (const [kind, list] of count.faults) console.log(`${kind}: ${list.length}\n  ${list.slice(0, 5).join('\n  ')}`);
printTarget('0 over-grants, 0 lost reports, 0 leaks', count.faults.size === 0);
process.exitCode = count.faults.size === 0 ? 0 : 1;
