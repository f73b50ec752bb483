/** A sample of the machine: its cost against node-os-utils, and its deviation from the system's own tools. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { importSource } from './lib/bundle.mjs';
import { interleave, timed } from './lib/interleave.mjs';
import { printSamples, printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET_POINTS = 1;
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
const workplace = openWorkplace();
const { linuxHealth } = await importSource(
  workplace.folder,
  "export { linuxHealth } from './src/host/health/linux.ts';",
);
const { OSUtils } = createRequire(import.meta.url)('node-os-utils');

const health = linuxHealth({ paths: ['/'], now: Date.now });
const utils = new OSUtils({ cacheEnabled: false });
for (const monitor of [utils.cpu, utils.memory, utils.disk]) monitor.on('error', () => {});
const theirs = () =>
  timed(
    async () =>
      void (await Promise.all([utils.cpu.usage(), utils.memory.info(), utils.cpu.loadAverage(), utils.disk.usage()])),
  );
const samples = await interleave(Number(values.rounds), 3, {
  'node-os-utils A': theirs,
  'node-os-utils B': theirs,
  'our sample': () => timed(() => health.sample()),
});
printSamples('one sample of everything', samples, 'node-os-utils');

function ticks() {
  const [user, nice, system, idle, iowait, irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]
    .split(/ +/)
    .slice(1)
    .map(Number);
  const waiting = idle + iowait;
  return { total: user + nice + system + waiting + irq + softirq + steal, waiting };
}

const tool = (...words) => spawnSync(words[0], words.slice(1), { encoding: 'utf8' }).stdout;

async function compare(title) {
  const before = ticks();
  await health.sample();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const own = await health.sample();
  const now = ticks();
  const [, total, available] = /^Mem: +(\d+) +\d+ +\d+ +\d+ +\d+ +(\d+)/m.exec(tool('free', '-b'));
  const pairs = [
    ['memory %', 100 * (1 - own.memory.availableBytes / own.memory.totalBytes), 100 * (1 - available / total), 'free'],
    [
      'CPU %',
      own.cpuPercent,
      (100 * (now.total - before.total - (now.waiting - before.waiting))) / (now.total - before.total),
      '/proc/stat',
    ],
    ['disk %', own.disk.usedPercent, Number(/ (\d+)% /.exec(tool('df', '-P', '/'))[1]), 'df'],
    ['load', own.loadAverage, Number.parseFloat(/load average: ([\d.]+)/.exec(tool('uptime'))[1]), 'uptime'],
  ];
  printTable(title, [
    ['', 'ours', 'theirs', 'apart', ''],
    ...pairs.map(([name, ours, other, who]) => [
      name,
      ours.toFixed(2),
      other.toFixed(2),
      Math.abs(ours - other).toFixed(2),
      who,
    ]),
  ]);
  return Math.max(...pairs.map(([, ours, other]) => Math.abs(ours - other)));
}

const idle = await compare('beside the system’s own tools, idle');
const busy = Array.from({ length: 2 }, () =>
  spawn(process.execPath, ['-e', 'const end = Date.now() + 6e4; while (Date.now() < end);'], { stdio: 'ignore' }),
);
await new Promise((resolve) => setTimeout(resolve, 500));
const loaded = await compare('beside the system’s own tools, all processors busy');
for (const child of busy) child.kill('SIGKILL');
const worst = Math.max(idle, loaded);
printTarget(`within ${TARGET_POINTS} point (worst ${worst.toFixed(2)})`, worst <= TARGET_POINTS);
process.exit();
