/** Transcripts: 200 MB read once, then one more line; time and memory. */

import { spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { median } from './lib/statistics.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

const COLD_MS = 2500;
const INCREMENTAL_MS = 50;
const MIB = 200;
const { values } = parseArgs({
  options: {
    mb: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '5' },
    ccusage: { type: 'string' },
  },
});
const workplace = openWorkplace();
const home = join(workplace.folder, 'home');
const projects = join(home, '.claude', 'projects');

const words = (length, seed) => `result ${seed} `.repeat(Math.ceil(length / 12)).slice(0, length);
let responses = 0;

/** The lines of one model call: a tool result, then a thought and a tool request as two parts of one response. */
function call(session, agentId, cwd, n) {
  const id = `msg_${session}_${agentId}_${n}`;
  const entry = {
    uuid: id,
    parentUuid: id,
    sessionId: session,
    version: '2.1.240',
    cwd,
    isSidechain: agentId !== null,
  };
  const at = new Date(Date.now() - 3_600_000 + n * 1000).toISOString();
  const own = { ...entry, ...(agentId === null ? {} : { agentId }), timestamp: at };
  const usage = (output) => ({
    input_tokens: 12,
    cache_creation_input_tokens: 800 + n,
    cache_read_input_tokens: 14000 + 900 * n,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 800 + n },
    output_tokens: output,
    service_tier: 'standard',
  });
  const message = (content, output) => ({
    ...own,
    type: 'assistant',
    requestId: `req_${id}`,
    message: {
      id,
      type: 'message',
      role: 'assistant',
      model: 'claude-opus-4-8',
      content,
      stop_reason: null,
      usage: usage(output),
    },
  });
  responses += 1;
  return [
    {
      ...own,
      type: 'user',
      message: { role: 'user', content: [{ type: 'tool_result', content: words(1200 + ((n * 977) % 5000), n) }] },
    },
    message([{ type: 'thinking', thinking: words(500, n), signature: words(300, n) }], 3),
    message([{ type: 'tool_use', id: `t${n}`, name: 'Bash', input: { command: words(200, n) } }], 200 + n),
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

function makeTranscripts(bytes) {
  let written = 0;
  for (let session = 0; written < bytes; session += 1) {
    const cwd = `/w/project${session % 20}`;
    const name = `s${session}`;
    const folder = join(projects, cwd.replaceAll('/', '-'));
    mkdirSync(join(folder, name, 'subagents'), { recursive: true });
    for (const agentId of [null, 'a1', 'a2']) {
      const path = agentId === null ? `${folder}/${name}.jsonl` : `${folder}/${name}/subagents/agent-${agentId}.jsonl`;
      const fd = openSync(path, 'w');
      for (let n = 0; n < 100 && written < bytes; n += 1) written += writeSync(fd, call(name, agentId, cwd, n));
      closeSync(fd);
    }
  }
  return written;
}

const written = makeTranscripts(Number(values.mb) * 1e6);
const grows = join(projects, '-w-project0', 's0.jsonl');

const program = join(workplace.folder, 'read.cjs');
const root = fileURLToPath(new URL('../', import.meta.url));
await build({
  stdin: {
    contents: `import { openTranscripts } from './src/host/transcripts/transcripts.ts';
      const from = performance.now();
      const transcripts = openTranscripts({ dir: process.argv[2], env: process.env, now: Date.now });
      const { bytes } = transcripts.read();
      transcripts.keep();
      const ms = performance.now() - from;
      console.log(JSON.stringify({ ms, bytes, size: transcripts.ledger.size, mib: process.resourceUsage().maxRSS / 1024 }));`,
    resolveDir: root,
  },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  outfile: program,
  logLevel: 'warning',
});
function look(dir) {
  mkdirSync(dir, { recursive: true });
  const env = { PATH: process.env.PATH, HOME: home };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, dir], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const cold = [];
const incremental = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
  const dir = join(workplace.folder, `state${round}`);
  cold.push(look(dir));
  if (cold.at(-1).size !== responses) throw new Error(`${cold.at(-1).size} of ${responses} responses were found`);
  for (let n = 0; n < 5; n += 1) {
    appendFileSync(grows, call('s0', null, '/w/project0', 1000 + round * 10 + n));
    incremental.push(look(dir));
    if (incremental.at(-1).size !== responses) throw new Error('a response was not found');
  }
}
/** The peer reads everything each time. It is not a dependency, so its path is an option. */
function peer() {
  if (values.ccusage === undefined) return [];
  const env = { PATH: process.env.PATH, HOME: home, CLAUDE_CONFIG_DIR: join(home, '.claude') };
  return Array.from({ length: Number(values.rounds) }, () => {
    const from = performance.now();
    const { status } = spawnSync(values.ccusage, ['claude', 'daily', '--offline', '--json'], {
      env,
      maxBuffer: 2 ** 30,
    });
    if (status !== 0) throw new Error('ccusage failed');
    return { ms: performance.now() - from, mib: Number.NaN };
  });
}

const row = (name, looks) => [
  name,
  String(looks.length),
  median(looks.map(({ ms }) => ms)).toFixed(1),
  Math.max(...looks.map(({ ms }) => ms)).toFixed(1),
  looks.some(({ mib }) => Number.isNaN(mib)) ? '' : Math.max(...looks.map(({ mib }) => mib)).toFixed(0),
];
const others = peer();
printTable(`${(written / 1e6).toFixed(0)} MB of transcripts, ${responses} responses`, [
  ['', 'n', 'median ms', 'most ms', 'most MiB'],
  row('cold', cold),
  row('one call more', incremental),
  ...(others.length === 0 ? [] : [row('ccusage claude daily --offline, with its start', others)]),
]);
if (values.ccusage === undefined) console.log('  ccusage was not measured: --ccusage PATH');
const coldMs = median(cold.map(({ ms }) => ms));
const incrementalMs = median(incremental.map(({ ms }) => ms));
const mib = Math.max(...[...cold, ...incremental].map((one) => one.mib));
printTarget(`cold ≤ ${COLD_MS} ms (${coldMs.toFixed(0)} ms)`, coldMs <= COLD_MS);
printTarget(`one call more ≤ ${INCREMENTAL_MS} ms (${incrementalMs.toFixed(1)} ms)`, incrementalMs <= INCREMENTAL_MS);
printTarget(`memory ≤ ${MIB} MiB (${mib.toFixed(0)} MiB)`, mib <= MIB);
