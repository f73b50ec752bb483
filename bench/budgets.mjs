/**
 * One usage report with 10,000 agents in the state, and the time from a report that crosses a mark until the agent gets
 * the answer and its process tree gets the signal.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import floor from './lib/floor.cjs';
import { interleave, timed } from './lib/interleave.mjs';
import { makeState } from './lib/state.mjs';
import { median, p95 } from './lib/statistics.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const AGENTS = 10_000;
const TARGET_MS = 5;
const TARGET_ENFORCED_MS = 1000;
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '40' }, crossings: { type: 'string', default: '40' } },
});
const workplace = openWorkplace();
const { openResourceManager } = await workplace.importApi();

/** Makes a state of AGENTS agents, all with some usage. */
async function stateWith(name) {
  const dir = await makeState(workplace, name, {});
  const manager = openResourceManager({ dir });
  await manager.setTotal({ tokens: 1_000_000_000 });
  await manager.allocateBudget('project/agent0', { tokens: 50_000 });
  await manager.reportUsage('project/agent0', { tokens: 450 });
  const path = join(dir, 'slots.yaml');
  const text = readFileSync(path, 'utf8');
  const line = /^ {2}- \{"agent":"project\/agent0".*\n/m.exec(text)[0];
  const lines = Array.from({ length: AGENTS }, (_, at) => line.replace('agent0', `agent${at}`));
  writeFileSync(
    path,
    text.replace(line, () => lines.join('')),
  );
  return dir;
}

const dir = await stateWith('many');
const bare = await stateWith('floor');
floor.makeLock(bare);
const warm = openResourceManager({ dir });
const other = openResourceManager({ dir });
let at = 0;
const agent = () => {
  at += 1;
  return `project/agent${at % AGENTS}`;
};
const samples = await interleave(Number(values.rounds), 5, {
  warm: async () => {
    await other.reportUsage(agent(), { tokens: 10 });
    return {
      "warm, after somebody else's": await timed(() => warm.reportUsage(agent(), { tokens: 10 })),
      'warm, after its own': await timed(() => warm.reportUsage(agent(), { tokens: 10 })),
    };
  },
  'cold, parsing': () => timed(() => openResourceManager({ dir }).getStatus('project/agent1')),
  'cold, parsing and one report': () => timed(() => openResourceManager({ dir }).reportUsage(agent(), { tokens: 10 })),
  'floor: the file operations alone': () => timed(() => floor.change(bare)),
});
printTable(`one report through the library, ${AGENTS} agents`, [
  ['', 'median ms', 'p95 ms'],
  ...Object.entries(samples).map(([name, ms]) => [name, median(ms).toFixed(1), p95(ms).toFixed(1)]),
]);
const files = median(samples['floor: the file operations alone']);
const cold = median(samples['cold, parsing and one report']) - median(samples['cold, parsing']);
// A report after another manager's report also parses the file, so it does not count here.
const beyond = { cold, warm: median(samples['warm, after its own']) };
for (const [name, ms] of Object.entries(beyond))
  printTarget(
    `${name}: ≤ ${TARGET_MS} ms beyond parsing and the file operations (${(ms - files).toFixed(1)} ms; ${ms.toFixed(1)} ms with them)`,
    ms - files <= TARGET_MS,
  );

const small = `${workplace.folder}/small`;
const program = workplace.bin('resource-manager');
workplace.run([program, 'init', '--max', '9', '--per-project', '9'], { dir: small });
workplace.run([program, 'config', 'set', 'budget', '{ on_stop: kill }'], { dir: small });
const answered = [];
const signalled = [];
for (let round = 0; round < Number(values.crossings); round += 1) {
  const mark = join(workplace.folder, `signalled-${round}`);
  const script = `trap 'echo $EPOCHREALTIME > ${mark}; exit' TERM; echo up; while :; do sleep 0.01; done`;
  const env = { PATH: process.env.PATH, HOME: workplace.folder, RESOURCE_MANAGER_DIR: small };
  const words = [program, 'run', 'p', '--agent', `a${round}`, '--token-budget', '1000', '--', 'bash', '-c', script];
  const run = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => run.once('exit', resolve));
  await new Promise((resolve) => run.stdout.once('data', resolve));
  const isKnown = new RegExp(`"name":"a${round}".*"root"`);
  while (!isKnown.test(readFileSync(`${small}/slots.yaml`, 'utf8'))) await new Promise((r) => setTimeout(r, 5));
  const from = Date.now();
  workplace.run([workplace.bin('report-usage'), `p/a${round}`, '--tokens', '1000'], { dir: small });
  answered.push(Date.now() - from);
  await ended;
  signalled.push(Math.round(Number(readFileSync(mark, 'utf8')) * 1000) - from);
}
const p99 = (list) => [...list].sort((a, b) => a - b)[Math.ceil(list.length * 0.99) - 1];
printTable(`from the start of the report that crosses the mark, ${values.crossings} times`, [
  ['', 'median ms', 'p95 ms', 'p99 ms'],
  ...[
    ['the agent is told', answered],
    ['its tree is signalled', signalled],
  ].map(([name, ms]) => [name, median(ms).toFixed(0), p95(ms).toFixed(0), String(p99(ms))]),
]);
printTarget(
  `p99 ≤ ${TARGET_ENFORCED_MS} ms, both`,
  p99(answered) <= TARGET_ENFORCED_MS && p99(signalled) <= TARGET_ENFORCED_MS,
);
