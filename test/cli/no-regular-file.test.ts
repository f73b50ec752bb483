/** A pipe, device, socket or folder in the place of any file that is read: refused at once, and named. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { binary, type CommandName, cleanEnvironment, sandbox, temporaryFolder } from '../helpers/cli.ts';

/** A command that hangs is ended after this time, and the test fails by its signal. */
const LONGEST_MS = 20_000;

const KINDS = {
  pipe: (path: string) => spawnSync('mkfifo', [path]),
  device: (path: string) => symlinkSync('/dev/zero', path),
  folder: (path: string) => mkdirSync(path),
} as const;
type Kind = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as Kind[];

function put(kind: Kind, path: string): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  KINDS[kind](path);
}

function run(command: CommandName, words: readonly string[], env: Record<string, string>, input?: string) {
  return spawnSync(process.execPath, [binary(command), ...words], {
    encoding: 'utf8',
    env: cleanEnvironment(env),
    timeout: LONGEST_MS,
    ...(input === undefined ? { stdio: ['ignore', 'pipe', 'pipe'] as const } : { input }),
  });
}

const EVENT = JSON.stringify({ hook_event_name: 'SessionStart', session_id: 's1', cwd: '/', source: 'startup' });

interface Place {
  readonly name: string;
  /** Path of the file, below the state or below a home. */
  path(dir: string, home: string): string;
  readonly command: CommandName;
  words(path: string): readonly string[];
}

/** Files without which the command cannot answer: exit 74, and the kind of thing is named. */
const NEEDED: readonly Place[] = [
  { name: 'slots.yaml', path: (dir) => join(dir, 'slots.yaml'), command: 'resource-status', words: () => [] },
  {
    name: 'slots.yaml for a change',
    path: (dir) => join(dir, 'slots.yaml'),
    command: 'request-slots',
    words: () => ['p', '1'],
  },
  { name: 'config.yaml', path: (dir) => join(dir, 'config.yaml'), command: 'request-slots', words: () => ['p', '1'] },
  {
    name: 'config.yaml for a change',
    path: (dir) => join(dir, 'config.yaml'),
    command: 'resource-manager',
    words: () => ['config', 'set', 'lock_wait', '2s'],
  },
  {
    name: 'history',
    path: (dir) => join(dir, 'history', '2026-01-01.jsonl'),
    command: 'resource-manager',
    words: () => ['history'],
  },
  {
    name: 'a named history',
    path: (dir) => join(dir, 'h.jsonl'),
    command: 'resource-manager',
    words: (path) => ['simulate', '--from', path],
  },
  {
    name: 'prices.json',
    path: (dir) => join(dir, 'prices.json'),
    command: 'resource-manager',
    words: () => ['prices'],
  },
  {
    name: 'named prices',
    path: (dir) => join(dir, 'p.json'),
    command: 'resource-manager',
    words: (path) => ['prices', 'update', '--from', path],
  },
  {
    name: 'recorded runs',
    path: (dir) => join(dir, 'runs', 'a.jsonl'),
    command: 'resource-manager',
    words: (path) => ['forecast', '--backtest', dirname(path)],
  },
  {
    name: 'settings.json',
    path: (_dir, home) => join(home, '.claude', 'settings.json'),
    command: 'resource-manager',
    words: () => ['integrate', 'claude'],
  },
  {
    name: 'counted.json',
    path: (dir) => join(dir, 'transcripts-0', 'counted.json'),
    command: 'report-usage',
    words: () => ['--from-claude'],
  },
];

/** Files that may be absent: the command answers without them. */
const SPARED: readonly Place[] = [
  { name: 'slots.yaml.bak', path: (dir) => join(dir, 'slots.yaml.bak'), command: 'resource-status', words: () => [] },
  {
    name: 'a transcript',
    path: (_dir, home) => join(home, '.claude', 'projects', '-x', 's1.jsonl'),
    command: 'resource-manager',
    words: () => ['audit'],
  },
  {
    name: 'a packed transcript',
    path: (_dir, home) => join(home, '.claude', 'projects', '-x', 's1.jsonl.gz'),
    command: 'resource-manager',
    words: () => ['audit'],
  },
  {
    name: 'positions.json',
    path: (dir) => join(dir, 'transcripts-0', 'positions.json'),
    command: 'resource-manager',
    words: () => ['audit'],
  },
  {
    name: 'sessions.jsonl',
    path: (dir) => join(dir, 'transcripts-0', 'sessions.jsonl'),
    command: 'resource-manager',
    words: () => ['audit'],
  },
  {
    name: 'settings.json',
    path: (_dir, home) => join(home, '.claude', 'settings.json'),
    command: 'resource-manager',
    words: () => ['doctor'],
  },
];

/** Puts it in the place of the file, and gives the environment of a command that reads the file. */
function putInPlace(kind: (typeof NAMES)[number], path: (dir: string, home: string) => string) {
  const { dir } = sandbox();
  const home = temporaryFolder();
  const file = path(dir, home);
  put(kind, file);
  return { file, env: { RESOURCE_MANAGER_DIR: dir, HOME: home, CLAUDE_CONFIG_DIR: join(home, '.claude') } };
}

describe.each(NEEDED)('$name', ({ path, command, words }) => {
  it.each(NAMES)('that is a %s is refused at once', (kind) => {
    const { file, env } = putInPlace(kind, path);
    expect(run(command, words(file), env)).toMatchObject({
      signal: null,
      status: 74,
      stderr: expect.stringMatching(new RegExp(`^error: cannot read .+: it is a ${kind}, not a file\\nhint: .+\\n$`)),
    });
  });
});

describe.each(SPARED)('$name', ({ path, command, words }) => {
  it.each(NAMES)('that is a %s does not hold the command up', (kind) => {
    const { file, env } = putInPlace(kind, path);
    const { signal, status, stderr } = run(command, words(file), env);
    expect({ signal, isSound: status === 0 || status === 1, stderr }).toMatchObject({ signal: null, isSound: true });
  });
});

describe('a hook', () => {
  it.each(NAMES)('goes on and says so where the state is a %s', (kind) => {
    const { dir, slotsPath } = sandbox();
    put(kind, slotsPath);
    const env = { RESOURCE_MANAGER_DIR: dir };
    const { signal, status, stderr } = run('resource-manager', ['hook'], env, EVENT);
    expect({ signal, status, stderr }).toEqual({
      signal: null,
      status: 0,
      stderr: expect.stringContaining(`it is a ${kind}, not a file`),
    });
  });

  it('refuses an input without an end', () => {
    const { dir } = sandbox();
    const { signal, status, stderr } = spawnSync(
      '/bin/sh',
      ['-c', 'exec "$0" "$1" hook pre-tool-use < /dev/zero', process.execPath, binary('resource-manager')],
      { encoding: 'utf8', env: cleanEnvironment({ RESOURCE_MANAGER_DIR: dir, CLAUDECODE: '1' }), timeout: LONGEST_MS },
    );
    expect({ signal, status, stderr }).toEqual({
      signal: null,
      status: 0,
      stderr: 'resource-manager: the event has more than 64 MiB\n',
    });
  });
});

it('an enormous state is refused by its size', () => {
  const { dir, slotsPath } = sandbox();
  writeFileSync(slotsPath, 'version: 1\n');
  spawnSync('dd', ['if=/dev/null', `of=${slotsPath}`, 'bs=1', 'seek=100G']);
  expect(run('resource-status', [], { RESOURCE_MANAGER_DIR: dir })).toMatchObject({
    signal: null,
    status: 65,
    stderr: expect.stringContaining('slots.yaml: it has more than 64 MiB'),
  });
});
