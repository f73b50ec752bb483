/**
 * A memory hog in a control group with a limit, beside a modest run: the time from the second sample of the monitor with critical
 * memory to SIGTERM, with room on the disk and with a full one.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fill } from './lib/full-disk.mjs';
import { enterNamespaces, mountFileSystem } from './lib/namespaces.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const LIMIT_MIB = 1_536;
/** The limit of the monitor: 90 percent and 4 points. */
const CRITICAL = 0.94;
/** Less than 3 points above it, from where the monitor sends SIGKILL at once. */
const WANTED = 0.955;
const TARGET_MS = 5_000;
const LOOK_MS = 20;
const GROUPS = '/sys/fs/cgroup/memory';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' } } });
await enterNamespaces();
if (!existsSync(join(GROUPS, 'memory.limit_in_bytes'))) {
  console.log('no control group for memory here: nothing measured');
  process.exit(0);
}

const workplace = openWorkplace();
const program = workplace.bin('resource-manager');
const group = join(GROUPS, `bench-hog-${process.hrtime.bigint()}`);
mkdirSync(group);
writeFileSync(join(group, 'memory.limit_in_bytes'), `${LIMIT_MIB}M`);
process.once('exit', () => rmdirSync(group));

/** Memory of the group in MiB that the kernel cannot take back, read as the kernel gives it. */
function usedMib() {
  const bytes = Number(readFileSync(join(group, 'memory.usage_in_bytes'), 'latin1'));
  const files = readFileSync(join(group, 'memory.stat'), 'latin1').matchAll(/^total_(?:in)?active_file (\d+)$/gm);
  return [...files].reduce((rest, [, kept]) => rest - Number(kept), bytes) / 2 ** 20;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_MS));
let explain = () => '';
async function until(label, look, deadlineMs = 60_000) {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const seen = look();
    if (seen) return seen;
    if (performance.now() > deadline) throw new Error(`never: ${label}\n${explain()}`);
    await pause();
  }
}

/** Takes memory in steps of 8 MiB when it is asked for, and prints a line when it gets SIGTERM. */
const HOG = `
  const kept = [];
  process.on('SIGTERM', () => process.stdout.write('term\\n', () => process.exit(3)));
  process.stdin.on('data', (words) => {
    for (const word of String(words).trim().split(/\\s+/)) for (let at = 0; at < Number(word); at += 8) kept.push(Buffer.alloc(8 << 20, 1));
    process.stdout.write('have\\n');
  });
  process.stdout.write('up\\n');`;

async function once(isFull) {
  const dir = join(workplace.folder, `state-${Math.random()}`);
  mkdirSync(dir);
  mountFileSystem(dir, 8);
  writeFileSync(
    join(dir, 'slots.yaml'),
    'version: 1\nmax_slots: 9\nvm_limits: { max_cpu_percent: 100, max_load_average: 1000 }\nleases: []\nqueue: []\n',
  );
  writeFileSync(join(dir, 'config.yaml'), 'slot_memory: 200M\nmonitor: { cpu_pressure_percent: 100 }\n');
  const env = { PATH: process.env.PATH, HOME: workplace.folder, RESOURCE_MANAGER_DIR: dir };
  const children = [];
  const begin = (...words) => {
    const inside = ['-c', 'echo $$ > "$0/cgroup.procs"; exec "$@"', group, process.execPath, program, ...words];
    const child = spawn('sh', inside, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    child.text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        child.text += text;
        if (child.text.includes('term')) child.termMs ??= performance.now();
      });
    children.push(child);
    return child;
  };
  explain = () => [`${usedMib()} MiB`, ...children.map(({ text }) => text.slice(-1_000))].join('\n');
  const hog = begin('run', 'large', '--', process.execPath, '-e', HOG);
  await until('the hog is up', () => hog.text.includes('up'));
  const modest = begin('run', 'modest', '--', process.execPath, '-e', HOG);
  await until('the modest one is up', () => modest.text.includes('up'));
  modest.stdin.write('100\n');
  await until('the modest one has its memory', () => modest.text.includes('have'));
  const monitor = begin('monitor', '--json', '--interval', '1s');
  await until('it has sampled', () => readFileSync(join(dir, 'slots.yaml'), 'utf8').match(/sampled_at: "?\d/));
  const emptied = isFull ? fill(dir) : () => {};
  const critical = LIMIT_MIB * CRITICAL;
  let crossedMs = null;
  const timer = setInterval(() => {
    if (crossedMs === null && usedMib() > critical) crossedMs = performance.now();
  }, 5);
  while (hog.termMs === undefined && usedMib() < LIMIT_MIB * WANTED - 8) {
    const before = hog.text.length;
    hog.stdin.write('8\n');
    await until('the hog has more', () => hog.text.length > before || hog.termMs);
  }
  await until('SIGTERM', () => hog.termMs ?? (hog.exitCode !== null || hog.signalCode !== null), 30_000);
  clearInterval(timer);
  emptied();
  const isModestAlive = modest.exitCode === null && modest.signalCode === null;
  monitor.kill('SIGTERM');
  modest.kill('SIGTERM');
  for (const child of children)
    await until('all have ended', () => child.exitCode !== null || child.signalCode !== null);
  return {
    ms: hog.termMs === undefined ? Number.POSITIVE_INFINITY : hog.termMs - (crossedMs ?? hog.termMs),
    isModestAlive,
  };
}

const rows = [];
for (const isFull of [false, true]) {
  const results = [];
  for (let run = 0; run < Number(values.runs); run += 1) results.push(await once(isFull));
  rows.push({ name: isFull ? 'full disk' : 'room on the disk', results });
}
printTable(`a hog in a control group of ${LIMIT_MIB} MiB: from the critical mark to SIGTERM`, [
  ['', 'n', 'least ms', 'most ms', 'others ended'],
  ...rows.map(({ name, results }) => [
    name,
    String(results.length),
    Math.min(...results.map(({ ms }) => ms)).toFixed(0),
    Math.max(...results.map(({ ms }) => ms)).toFixed(0),
    String(results.filter(({ isModestAlive }) => !isModestAlive).length),
  ]),
]);
const all = rows.flatMap(({ results }) => results);
const isMet = all.every(({ ms, isModestAlive }) => ms <= TARGET_MS && isModestAlive);
printTarget(
  `SIGTERM within ${TARGET_MS / 1_000} s of the mark, so also of the second sample, and only for the hog`,
  isMet,
);
process.exitCode = isMet ? 0 : 1;
