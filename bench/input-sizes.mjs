/**
 * Inputs that took more than linear time, each at two sizes: the time above an empty command must grow no faster than the
 * input. An input that is refused by its size alone is not among them.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './lib/statistics.mjs';
import { printTable, printTarget } from './lib/table.mjs';
import { openWorkplace } from './lib/workplace.mjs';

/** The larger input is this many times the smaller; noise and the growth of the heap may double the ratio. */
const TIMES = 4;
const MOST = 2;
const ROUNDS = 3;

const HEAD = 'version: 1\nmax_slots: 4\nslot_allocation: {}\nleases: []\nqueue: []\n';
const times = (n, line) => Array.from({ length: n }, (_, at) => line(at)).join('');
const lease = (at) =>
  `  - {"id":"L${at + 1}","project":"p","slots":1,"holder":{"pid":1,"started":1},"acquired_at":"2026-11-29T12:00:00.000Z","expires_at":null,"agents":[]}\n`;
const event = (n) => ({
  hook_event_name: 'PostToolUse',
  session_id: 's',
  cwd: '/',
  tool_response: { out: 'x'.repeat(n) },
});

const STATUS = ['resource-status'];
const INPUTS = {
  'odd top-level keys': [10_000, (n) => ({ slots: HEAD + times(n, (at) => `"odd ${at}": {a: 1}\n`) })],
  'odd flow keys': [10_000, (n) => ({ slots: `${HEAD}x: {${times(n, (at) => `"k ${at}": 1, `)}}\n` })],
  'keys of config.yaml': [10_000, (n) => ({ config: times(n, (at) => `"odd ${at}": {a: 1}\n`) })],
  'an open quote': [1_000_000, (n) => ({ slots: `${HEAD}x: "${'a'.repeat(n)}\n` })],
  spaces: [1_000_000, (n) => ({ slots: `${HEAD}${' '.repeat(n)}\n` })],
  braces: [1_000_000, (n) => ({ slots: '{'.repeat(n) })],
  'dead leases': [5_000, (n) => ({ slots: HEAD.replace('leases: []\n', `leases:\n${times(n, lease)}`) })],
  'a line of history': [25_000_000, (n) => ({ history: `${'x'.repeat(n)}\n`, words: ['resource-manager', 'history'] })],
  'a hook event': [4_000_000, (n) => ({ words: ['resource-manager', 'hook'], input: JSON.stringify(event(n)) })],
  'keys of settings.json': [
    20_000,
    (n) => ({
      settings: `{${times(n, (at) => `"k${at}": {"a": 1},\n`)}"z": 1}`,
      words: ['resource-manager', 'integrate', 'claude', '--dry-run'],
    }),
  ],
};

const workplace = openWorkplace();

function secondsOf({ slots = HEAD, config = '', history, settings, words = STATUS, input = '' }) {
  const dir = join(workplace.folder, 'state');
  rmSync(dir, { recursive: true, force: true });
  for (const folder of [dir, join(dir, 'history'), join(dir, 'claude')]) mkdirSync(folder);
  writeFileSync(join(dir, 'slots.yaml'), slots);
  writeFileSync(join(dir, 'config.yaml'), `max_per_project: 4\n${config}`);
  if (history !== undefined) writeFileSync(join(dir, 'history', '2026-01-01.jsonl'), history);
  if (settings !== undefined) writeFileSync(join(dir, 'claude', 'settings.json'), settings);
  const [command, ...args] = words;
  const env = { PATH: process.env.PATH, HOME: dir, CLAUDE_CONFIG_DIR: join(dir, 'claude'), RESOURCE_MANAGER_DIR: dir };
  const from = performance.now();
  const { signal } = spawnSync(process.execPath, [workplace.bin(command), ...args], { env, input, timeout: 120_000 });
  if (signal !== null) throw new Error(`${words.join(' ')} did not end`);
  return (performance.now() - from) / 1000;
}

const middle = (inputs) => median(Array.from({ length: ROUNDS }, () => secondsOf(inputs)));

const rows = [['', 'size', 'smaller s', 'larger s', 'growth']];
const growths = [];
for (const [name, [size, inputs]] of Object.entries(INPUTS)) {
  const { words, input } = inputs(1);
  const empty = middle({ words, input });
  const [small, large] = [size, TIMES * size].map((n) => middle(inputs(n)));
  // A time below a tenth of a second is noise.
  const growth = (large - empty) / Math.max(small - empty, 0.1) / TIMES;
  rows.push([name, String(TIMES * size), ...[small, large, growth].map((value) => value.toFixed(2))]);
  growths.push([name, growth]);
}
printTable(`${TIMES} times the size; growth 1 is linear`, rows);
for (const [name, growth] of growths) printTarget(`${name} (${growth.toFixed(2)}) ≤ ${MOST}`, growth <= MOST);
