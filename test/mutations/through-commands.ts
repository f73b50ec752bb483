/** Mutated inputs given to the commands as processes, on a state that is made anew for each. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSlots } from '../../src/store/document/slots-document.ts';
import { Finding } from './kept-state.ts';
import { type Chance, mutated } from './mutate.ts';
import { CODEX_RECORDS, CONFIG, EVENTS, PAST, PRICES, RECORDS, SETTINGS, SLOTS, STATUS } from './samples.ts';
import { LOOKING, PLAIN, variableOf, variablesOf, wordsOf } from './words.ts';

export interface Place {
  /** A folder that each input empties and fills again. */
  readonly folder: string;
  /** The script of resource-manager. */
  readonly program: string;
}

/** A mutated text could name any command of a shell, so none is run. */
const QUIET_CONFIG = CONFIG.replace(/notify:\n.*\n/, '');

/** Exit codes of a refusal, after which every byte is as before. */
const REFUSED = [64, 65, 66, 73, 74, 77];
const INTERNAL = 70;
/** Words of a fault in code: a hook says them and ends with 0, because its faults stop no agent. */
const BROKEN =
  /internal error|unsound|Cannot (?:read|set|convert|use|access)|is not (?:a function|iterable|defined|a constructor)|Maximum call|circular|Invalid (?:time value|array length)|out of range/;

const LOOKS = [['status', '--json'], ['queue'], ['budget', 'status'], ['config', 'list'], ['doctor'], ['forecast']];
const CHANGES = [
  ['request', 'odin', '1', '--detached', '--ttl', '1h'],
  ['release', 'L8'],
  ['set-max', '5'],
  ['config', 'set', 'strategy', 'fair-share'],
  ['config', 'set', 'projects.odin.max', '3'],
  ['budget', 'allocate', 'odin/new', '--tokens', '10'],
  ['budget', 'rebalance'],
  ['report-usage', 'consilio/auth', '--tokens', '5'],
];
const BACK = [['history'], ['report', '--json'], ['efficiency', 'consilio/auth'], ['simulate', '--since', '90d']];
const HOOKS = ['session-start', 'pre-tool-use', 'post-tool-use', 'subagent-stop', 'stop', 'session-end'];
/** Commands that act on processes are tested in a namespace of their own. */
const ACTS = ['stop', 'resume', 'throttle'];

/** The files of a place, in the state before an input. */
const USUAL: Readonly<Record<string, string>> = {
  'state/slots.yaml': SLOTS[0] as string,
  'state/config.yaml': QUIET_CONFIG,
  'state/history/2026-11-21.jsonl': PAST.map((line) => `${line}\n`).join(''),
  'state/prices.json': PRICES,
  'prices.json': PRICES,
  'claude/settings.json': '{}\n',
  'claude/projects/-w/s1.jsonl': '',
  'codex/hooks.json': '{}\n',
  'codex/sessions/2026/11/21/rollout-2026-11-21T10-00-00-s9.jsonl': '',
};
const FILES = Object.keys(USUAL);
const [CLAUDE_RECORDS_FILE, CODEX_RECORDS_FILE] = FILES.filter((name) => /projects|sessions/.test(name)) as [
  string,
  string,
];

interface Trial {
  readonly words: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const typed = async (chance: Chance): Promise<readonly string[]> => {
  const names = [...PLAIN, ...LOOKING].filter((name) => !ACTS.includes(name));
  const words = await wordsOf(chance, chance.of(names));
  return words.some((word) => ACTS.includes(word)) ? ['status'] : words;
};

const lines = (records: readonly string[], chance: Chance): string =>
  records.map((line) => `${chance.once(2) ? mutated(line, chance) : line}\n`).join('');

const KINDS: readonly ((chance: Chance) => Trial | Promise<Trial>)[] = [
  (chance) => ({
    words: chance.of([...LOOKS, ...CHANGES]),
    files: { 'state/slots.yaml': mutated(chance.of(SLOTS), chance) },
  }),
  (chance) => ({
    words: chance.of([...LOOKS, ...CHANGES]),
    files: { 'state/config.yaml': mutated(QUIET_CONFIG, chance) },
  }),
  async (chance) => ({ words: await typed(chance) }),
  (chance) => ({
    words: chance.of([...LOOKS, ...CHANGES, ...BACK]),
    env: {
      ...variablesOf(chance),
      HOME: variableOf(chance, '/root', '/home/a b', 'x'),
      PATH: variableOf(chance, '/usr/bin:/bin', '.'),
      TERM: variableOf(chance, 'xterm', 'dumb'),
      COLUMNS: variableOf(chance, '80', '0'),
      // Node itself ends with SIGSEGV at the name of a locale that ICU cannot take.
      LC_ALL: chance.of(['', 'C', 'POSIX', 'de_AT.UTF-8', 'ar_EG.UTF-8']),
    },
  }),
  (chance) => ({
    words: ['hook', chance.of(HOOKS)],
    input: mutated(chance.of(EVENTS), chance),
    env: variablesOf(chance),
  }),
  (chance) => ({
    words: [chance.of(['statusline', 'subagent-statusline'])],
    input: mutated(chance.of(STATUS), chance),
  }),
  (chance) => {
    const agent = chance.of(['claude', 'codex']);
    const file = agent === 'claude' ? 'claude/settings.json' : 'codex/hooks.json';
    return {
      words: ['integrate', agent, ...(chance.once(3) ? ['--remove'] : [])],
      files: { [file]: mutated(chance.of(SETTINGS), chance) },
    };
  },
  (chance) => ({
    words: chance.of([['report-usage', '--from-claude', '--all'], ['audit'], ['audit', 'consilio/auth', '--dry-run']]),
    files: {
      [CLAUDE_RECORDS_FILE]: lines(RECORDS, chance),
      [CODEX_RECORDS_FILE]: lines(CODEX_RECORDS, chance),
    },
  }),
  (chance) => ({
    words: chance.of(BACK),
    files: { 'state/history/2026-11-21.jsonl': lines(PAST, chance) },
  }),
  (chance) => ({
    words: ['prices', 'update', '--from', 'prices.json'],
    files: { [chance.of(['prices.json', 'state/prices.json'])]: mutated(PRICES, chance) },
  }),
];

/** Empties the place and writes its files. */
function furnish(folder: string, files: ReadonlyMap<string, string>): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of files) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const soundOf = async (text: string): Promise<boolean> =>
  parseSlots('slots.yaml', text, null).then(
    () => true,
    () => false,
  );

/** The bytes of a file; null if it is absent. */
function bytesOf(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

/** Runs one command on a mutated input. Throws Finding for a broken promise. */
export async function tryCommand(chance: Chance, { folder, program }: Place): Promise<void> {
  const { words, files = {}, input = '', env = {} } = await chance.of(KINDS)(chance);
  furnish(folder, new Map(Object.entries({ ...USUAL, ...files })));
  const before = new Map(FILES.map((name) => [name, bytesOf(join(folder, name)) as Buffer]));
  const shown = JSON.stringify({ words, files, input, env });
  const given = Object.entries(env).filter((pair) => pair[1] !== undefined && !pair[1].includes('\0'));
  const { status, signal, stderr, error } = spawnSync(
    process.execPath,
    [program, ...words.map((word) => word.replaceAll('\0', ''))],
    {
      cwd: folder,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        ...Object.fromEntries(given),
        RESOURCE_MANAGER_DIR: join(folder, 'state'),
        CLAUDE_CONFIG_DIR: join(folder, 'claude'),
        CODEX_HOME: join(folder, 'codex'),
      },
      input,
      timeout: 60_000,
    },
  );
  // The kernel takes no word or variable of more than 128 KiB.
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'E2BIG') return;
  if (status === null || status === INTERNAL || status > 128 || BROKEN.test(stderr))
    throw new Finding(`exit ${status ?? signal}: ${stderr.slice(0, 300)}`, shown);
  const after = new Map(FILES.map((name) => [name, bytesOf(join(folder, name))]));
  const changed = FILES.filter((name) => !before.get(name)?.equals(after.get(name) ?? Buffer.from('absent')));
  if (REFUSED.includes(status) && changed.length > 0)
    throw new Finding(`exit ${status}, and ${changed.join(', ')} changed: ${stderr.slice(0, 200)}`, shown);
  const text = String(after.get('state/slots.yaml'));
  if (changed.includes('state/slots.yaml') && !(await soundOf(text)))
    throw new Finding('the state that was written is refused', `${shown}\n${text}`);
  for (const name of changed.filter((file) => /(?:settings|hooks)\.json$/.test(file)))
    JSON.parse(String(after.get(name)).replace('\ufeff', ''));
}
