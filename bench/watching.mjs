/**
 * Transcripts that the monitor watches (`claude.watch`): the time from an appended line until its usage is
 * in slots.yaml, and the cost of watching with and without new lines.
 */
import { appendFileSync, mkdirSync, readFileSync, renameSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median, p95 } from './lib/statistics.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const TARGET_MS = 1000;
const TARGET_CPU_PERCENT = 0.3;
const TARGET_RSS_MIB = 60;
const TICK_MS = 10;
const SETTLE_MS = 20_000;
const LOST_MS = 10_000;
const LONG_AGO_S = Date.now() / 1000 - 3 * 86_400;
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '20' },
    sessions: { type: 'string', default: '10' },
    'lines-per-minute': { type: 'string', default: '20' },
    projects: { type: 'string', default: '500' },
    old: { type: 'string', default: '5000' },
    interval: { type: 'string', default: '1s' },
  },
});
const workplace = openWorkplace();
const program = workplace.bin('resource-manager');
const home = join(workplace.folder, '.claude', 'projects');
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const pathOf = (project, session) => join(home, `-w-project${project}`, `${session}.jsonl`);
let calls = 0;
function line(project, session, tokens, at) {
  calls += 1;
  const id = `msg_${calls}`;
  const usage = { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: tokens, output_tokens: 0 };
  const message = { id, type: 'message', role: 'assistant', model: 'claude-opus-4-8', content: [], usage };
  const entry = { uuid: id, parentUuid: id, isSidechain: false, sessionId: session, cwd: `/w/project${project}` };
  const timestamp = new Date(at).toISOString();
  return `${JSON.stringify({ ...entry, type: 'assistant', requestId: `req_${id}`, timestamp, message })}\n`;
}

/** Makes the transcripts of the past months, all too old to be read. */
function makeOld() {
  const [projects, old] = [Number(values.projects), Number(values.old)];
  for (let project = 0; project < projects; project += 1) {
    mkdirSync(join(home, `-w-project${project}`), { recursive: true });
    for (let n = project; n < old; n += projects) {
      const session = `${String(n).padStart(8, '0')}-old`;
      writeFileSync(pathOf(project, session), line(project, session, 1000, LONG_AGO_S * 1000));
      utimesSync(pathOf(project, session), LONG_AGO_S, LONG_AGO_S);
    }
    utimesSync(join(home, `-w-project${project}`), LONG_AGO_S, LONG_AGO_S);
  }
}

/** Makes a state with a budget per session, and starts its monitor. */
function begin(name, isWatching) {
  const dir = join(workplace.folder, name);
  workplace.run([program, 'init', '--max', '20', '--per-project', '20'], { dir });
  if (isWatching) workplace.run([program, 'config', 'set', 'claude.watch', 'true'], { dir });
  for (const { agent } of sessions) workplace.run([program, 'budget', 'allocate', agent, '--tokens', '100m'], { dir });
  return {
    dir,
    monitor: workplace.start([program, 'monitor', '--interval', values.interval], { dir, stdio: 'ignore' }),
  };
}

function look({ pid }) {
  const text = (name) => readFileSync(`/proc/${pid}/${name}`, 'utf8');
  const fields = text('stat')
    .slice(text('stat').lastIndexOf(')') + 2)
    .split(' ');
  const rssMib = Number(/^VmRSS:\s+(\d+)/m.exec(text('status'))?.[1]) / 1024;
  return { at: performance.now(), cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, rssMib };
}

const sessions = Array.from({ length: Number(values.sessions) }, (_, project) => {
  const session = `${String(project).padStart(8, 'f')}-now`;
  return { project, session, agent: `project${project}/session-${session.slice(0, 8)}`, used: 0, waiting: [] };
});
makeOld();
const watching = begin('watching', true);
const plain = begin('plain', false);

const delays = [];
const slots = join(watching.dir, 'slots.yaml');
/** Reads the usage of all agents from slots.yaml and notes the delay of each line that it now includes. */
function seen() {
  const now = performance.now();
  for (const [, text] of readFileSync(slots, 'utf8').matchAll(/^ {2}- (\{"agent":.*\})$/gm)) {
    const record = JSON.parse(text);
    const session = sessions.find(({ agent }) => agent === record.agent);
    if (session === undefined) continue;
    while (session.waiting.length > 0 && session.waiting[0].used <= (record.consumed?.tokens ?? 0))
      delays.push(now - session.waiting.shift().at);
  }
}
const watcher = watch(watching.dir, (_event, name) => {
  if (name === 'slots.yaml') seen();
});

/** The delay of a watch on a file that this process itself writes: the share of the machine and of this bench. */
const noise = [];
const beside = join(workplace.folder, 'beside');
mkdirSync(beside);
let writtenAt = 0;
const besideWatcher = watch(beside, (_event, name) => {
  if (name !== 'file' || writtenAt === 0) return;
  noise.push(performance.now() - writtenAt);
  writtenAt = 0;
});
function makeNoise() {
  writeFileSync(join(beside, 'next'), 'x');
  writtenAt = performance.now();
  renameSync(join(beside, 'next'), join(beside, 'file'));
}

async function lines(endAt) {
  const meanMs = 60_000 / (Number(values['lines-per-minute']) * sessions.length);
  for (;;) {
    await pause(-Math.log(1 - Math.random()) * meanMs);
    if (performance.now() >= endAt) return;
    const one = sessions[Math.floor(Math.random() * sessions.length)];
    const tokens = 1 + Math.floor(Math.random() * 20_000);
    const text = line(one.project, one.session, tokens, Date.now());
    one.used += tokens;
    one.waiting.push({ used: one.used, at: performance.now() });
    appendFileSync(pathOf(one.project, one.session), text);
  }
}

const shares = { quiet: { watching: [], plain: [] }, lines: { watching: [], plain: [] } };
const memory = { watching: 0, plain: 0 };
async function phase(name) {
  const endAt = performance.now() + Number(values.seconds) * 1000;
  const before = { watching: look(watching.monitor), plain: look(plain.monitor) };
  const beat = setInterval(makeNoise, 500);
  if (name === 'lines') await lines(endAt);
  else await pause(endAt - performance.now());
  clearInterval(beat);
  for (const [who, { monitor }] of Object.entries({ watching, plain })) {
    const after = look(monitor);
    shares[name][who].push((100 * (after.cpuMs - before[who].cpuMs)) / (after.at - before[who].at));
    memory[who] = Math.max(memory[who], after.rssMib);
  }
}

await pause(SETTLE_MS);
for (let round = 0; round < Number(values.rounds); round += 1) {
  await phase('quiet');
  await phase('lines');
  const lostAt = performance.now() + LOST_MS;
  while (sessions.some(({ waiting }) => waiting.length > 0) && performance.now() < lostAt) await pause(10);
}
watcher.close();
besideWatcher.close();

const lost = sessions.reduce((sum, { waiting }) => sum + waiting.length, 0);
const wrong = sessions.filter(({ agent, used }) => {
  const record = new RegExp(`^ {2}- (\\{"agent":"${agent}".*\\})$`, 'm').exec(readFileSync(slots, 'utf8'))?.[1];
  return (JSON.parse(record).consumed?.tokens ?? 0) !== used;
}).length;
const p99 = (list) => [...list].sort((a, b) => a - b)[Math.ceil(list.length * 0.99) - 1];
const mean = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
const row = (name, list) => [
  name,
  String(list.length),
  ...[median(list), p95(list), p99(list), Math.max(...list)].map((ms) => ms.toFixed(1)),
];
printTable(
  `${sessions.length} sessions of ${values['lines-per-minute']} lines a minute, beside ${values.projects} projects with ${values.old} old transcripts`,
  [
    ['', 'n', 'median ms', 'p95 ms', 'p99 ms', 'most ms'],
    row('from the append to slots.yaml', delays),
    row('noise: a rename of our own', noise),
  ],
);
printTable(`share of a core, monitor at ${values.interval}, ${values.rounds} times ${values.seconds} s of each`, [
  ['', 'watching', 'plain', 'difference'],
  ...Object.entries(shares).map(([name, by]) => [
    name === 'quiet' ? 'nothing is appended' : 'lines are appended',
    ...[mean(by.watching), mean(by.plain), mean(by.watching) - mean(by.plain)].map((share) => `${share.toFixed(2)} %`),
  ]),
  [
    'most memory',
    ...[memory.watching, memory.plain, memory.watching - memory.plain].map((mib) => `${mib.toFixed(1)} MiB`),
  ],
]);
printTarget(`p99 ≤ ${TARGET_MS} ms, none lost, none counted twice`, p99(delays) <= TARGET_MS && lost + wrong === 0);
printTarget(`quiet, ≤ ${TARGET_CPU_PERCENT} % of a core`, mean(shares.quiet.watching) <= TARGET_CPU_PERCENT);
printTarget(`≤ ${TARGET_RSS_MIB} MiB`, memory.watching <= TARGET_RSS_MIB);
process.exit();
