/** `report` and `history` over a million events: time and memory. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeState } from './lib/state.mjs';
import { median } from './lib/statistics.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET_MS = 3000;
const TARGET_MIB = 200;
const DAY_MS = 86_400_000;
const PROJECTS = 20;
const { values } = parseArgs({
  options: { events: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '5' } },
});
const workplace = openWorkplace();

/** Writes a history of the last days: requests, grants, releases, usage, samples. */
function makeHistory(dir, events, days) {
  const folder = join(dir, 'history');
  mkdirSync(folder);
  const now = Date.now();
  const stepMs = (days * DAY_MS) / events;
  let lines = [];
  let day = '';
  let part = 0;
  const flush = () => {
    if (lines.length === 0) return;
    part += 1;
    writeFileSync(join(folder, `${day}.${part}.jsonl`), lines.join(''));
    lines = [];
  };
  for (let n = 0; n < events; n += 1) {
    const at = new Date(now - days * DAY_MS + n * stepMs).toISOString();
    if (at.slice(0, 10) !== day || lines.length >= 100_000) {
      flush();
      if (at.slice(0, 10) !== day) part = 0;
      day = at.slice(0, 10);
    }
    const lease = Math.floor(n / 10);
    const project = `project${lease % PROJECTS}`;
    const event = [
      { kind: 'queued', project, ticket: `T${lease}`, slots: 2, min_slots: 1 },
      {
        kind: 'granted',
        project,
        lease: `L${lease}`,
        slots: 2,
        requested: 2,
        min_slots: 1,
        waited_seconds: 12.5,
        ticket: `T${lease}`,
        agents: ['auth', 'api'],
      },
      ...Array.from({ length: 6 }, (_, call) => ({
        kind: 'usage',
        agent: `${project}/auth`,
        workflow: 'default',
        tokens: 1000 + 300 * call,
        cost: 0.0123,
        progress: 10 * call,
      })),
      {
        kind: 'sample',
        cpu_percent: 40,
        memory_percent: 60,
        load_average: 3,
        disk_percent: 50,
        health: 'healthy',
        effective_max_slots: 20,
      },
      { kind: 'released', project, lease: `L${lease}`, slots: 2, held_seconds: 321.5 },
    ][n % 10];
    lines.push(`${JSON.stringify({ at, ...event })}\n`);
  }
  flush();
}

const dir = await makeState(workplace, 'long', {});
makeHistory(dir, Number(values.events), 30);
const small = await makeState(workplace, 'short', {});
makeHistory(small, Math.round(Number(values.events) / 10), 30);

const watcher = join(workplace.folder, 'watch.cjs');
writeFileSync(
  watcher,
  "process.on('exit', () => require('fs').writeSync(2, 'rss ' + process.resourceUsage().maxRSS + '\\n'));\n",
);
function measured(words, folder) {
  const from = performance.now();
  const env = { PATH: process.env.PATH, HOME: workplace.folder, RESOURCE_MANAGER_DIR: folder };
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--require', watcher, workplace.bin('resource-manager'), ...words],
    { env, encoding: 'utf8', maxBuffer: 2 ** 30 },
  );
  if (status !== 0) throw new Error(stderr);
  return { ms: performance.now() - from, mib: Number(/rss (\d+)/.exec(stderr)[1]) / 1024 };
}

const rows = [];
const slowest = { ms: 0, mib: 0, growth: 0 };
for (const words of [
  ['report', '--since', '40d'],
  ['history', '--since', '40d'],
  ['history', '--since', '40d', '--csv'],
]) {
  const long = Array.from({ length: Number(values.rounds) }, () => measured(words, dir));
  const short = measured(words, small);
  const ms = median(long.map((one) => one.ms));
  const mib = Math.max(...long.map((one) => one.mib));
  if (words[0] === 'report') slowest.ms = ms;
  slowest.mib = Math.max(slowest.mib, mib);
  slowest.growth = Math.max(slowest.growth, mib - short.mib);
  rows.push([words.join(' '), ms.toFixed(0), mib.toFixed(0), short.mib.toFixed(0)]);
}
printTable(`${values.events} events of 30 days`, [['', 'median ms', 'most MiB', 'MiB with a tenth of them'], ...rows]);
printTarget(`report ≤ ${TARGET_MS} ms (${slowest.ms.toFixed(0)} ms)`, slowest.ms <= TARGET_MS);
printTarget(
  `memory bounded: ≤ ${TARGET_MIB} MiB (${slowest.mib.toFixed(0)} MiB, ${slowest.growth.toFixed(0)} MiB more than for a tenth of the events)`,
  slowest.mib <= TARGET_MIB,
);
