/** Notification commands as real processes: their input, their misbehaviour and their end. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shown } from '../../../src/core/shown.ts';
import type { Notice } from '../../../src/host/notify/notifier.ts';
import { MOST_AT_ONCE, sendNotices } from '../../../src/host/notify/notifier.ts';
import { parseStat, statOf } from '../../../src/host/processes/stat.ts';
import { isAlive } from '../../helpers/alive.ts';
import { ended, ROOT, start, temporaryFolder, until } from '../../helpers/cli.ts';

const EVENT = { kind: 'granted', project: 'shop', lease: 'lease-1', at: 1_700_000_000_000 };

let folder: string;
/** A variable in the environment of every process that a test starts, by which it is found again. */
let tag: string;

beforeEach(() => {
  folder = temporaryFolder();
  tag = `NOTIFIER_TEST=${randomUUID()}`;
});

const numbersIn = (path: string): number[] =>
  readdirSync(path)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** The pids of all live processes of this test. */
const ours = (): number[] =>
  numbersIn('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(tag);
    } catch {
      return false;
    }
  });
const allOver = () => until('all have ended', () => ours().length === 0);

afterEach(() => {
  const left = ours();
  for (const pid of left) process.kill(pid, 'SIGKILL');
  expect(left, 'left behind').toEqual([]);
});

const environment = (more: Record<string, string | undefined> = {}): Record<string, string | undefined> => ({
  PATH: process.env.PATH,
  OUT: folder,
  NOTIFIER_TEST: tag.split('=')[1],
  ...more,
});
const send = (command: string, more?: Record<string, string | undefined>, event: Notice['event'] = EVENT): void =>
  sendNotices([{ command, event }], environment(more));
const written = (name: string): string => readFileSync(join(folder, name), 'utf8');
const isWritten = (name: string): boolean => existsSync(join(folder, name));

/** A PATH with only these programs of this machine, and with a `timeout` of that text if given. */
function narrowPath(programs: readonly string[], timeout?: string): string {
  const path = join(temporaryFolder(), 'bin');
  mkdirSync(path);
  for (const program of programs) {
    const { stdout } = spawnSync('/bin/sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
    symlinkSync(stdout.trim(), join(path, program));
  }
  if (timeout !== undefined) writeFileSync(join(path, 'timeout'), timeout, { mode: 0o755 });
  return path;
}
const TOOLS = ['cat', 'sleep', 'env'];

describe.each([
  { with: 'timeout', path: () => process.env.PATH as string },
  { with: 'no timeout', path: () => narrowPath(TOOLS) },
])('with $with', ({ path }) => {
  const PROBE = `cat >"$OUT/stdin"; printf %s "$RESOURCE_MANAGER_EVENT" >"$OUT/event"
    printf %s "$RESOURCE_MANAGER_EVENT_PROJECT" >"$OUT/project"`;

  it.each([
    ['plain words', 'shop'],
    ['quotes', `it's "so" \\'\\" \\\\ \\n %s %d`],
    ['line ends', 'one\ntwo\r\nthree\n\n'],
    ['shell text', '$(touch "$OUT/pwned") `touch "$OUT/pwned"` ; touch "$OUT/pwned" & $HOME $OUT *'],
    ['all of Unicode', '🧺 ünïcode \u0081\u0082\u0088 \u2028 \uffff 漢字'],
    ['a leading dash', '-n -e'],
  ])('hands over %s as it is, and what acts on a terminal written out', async (_, project) => {
    const event = { ...EVENT, project, text: project };
    send(PROBE, { PATH: path() }, event);
    await allOver();
    expect(JSON.parse(written('stdin'))).toEqual(event);
    expect(written('stdin')).toBe(`${shown(JSON.stringify(event))}\n`);
    expect(written('event')).toBe(shown(JSON.stringify(event)));
    expect(written('project')).toBe(shown(project));
    expect(isWritten('pwned')).toBe(false);
  });

  it('hands over a long event whole, and only the main fields of one that is too long', async () => {
    const long = { ...EVENT, text: 'é'.repeat(45_000) };
    send(PROBE, { PATH: path() }, long);
    await allOver();
    expect(JSON.parse(written('stdin'))).toEqual(long);
    send(PROBE, { PATH: path() }, { ...long, agent: 'a', more: 'é'.repeat(5_000) });
    await allOver();
    expect(JSON.parse(written('stdin'))).toEqual({ ...EVENT, agent: 'a' });
    expect(JSON.parse(written('event'))).toEqual({ ...EVENT, agent: 'a' });
  });

  it('adds the variables of the event to the environment and removes those of a run', async () => {
    const theirs = { feed: 'f', alarm: 'a', limit: 'l', over: 'o', OUT: folder };
    const run = { RESOURCE_MANAGER_MARK: 'm', RESOURCE_MANAGER_LEASE: 'l', RESOURCE_MANAGER_EVENT_AGENT: 'old' };
    send('env >"$OUT/env"', { PATH: path(), ...theirs, ...run });
    await allOver();
    const lines = written('env').split('\n');
    expect(lines.filter((line) => line.startsWith('RESOURCE_MANAGER_')).sort()).toEqual([
      `RESOURCE_MANAGER_EVENT=${JSON.stringify(EVENT)}`,
      'RESOURCE_MANAGER_EVENT_KIND=granted',
      'RESOURCE_MANAGER_EVENT_LEASE=lease-1',
      'RESOURCE_MANAGER_EVENT_PROJECT=shop',
    ]);
    for (const [name, value] of Object.entries(theirs)) expect(lines).toContain(`${name}=${value}`);
  });

  it.each([
    ['does not read', ':'],
    ['fails', 'exit 3'],
    ['exits as if it were out of time', 'exit 124'],
    ['does not exist', '/no/such/program'],
    ['is no shell text', 'if (('],
    ['is empty', ''],
    ['ends itself', 'kill -KILL $$'],
    ['ends its group', 'kill -TERM 0'],
  ])('leaves no process of a command that %s', async (_, command) => {
    send(command, { PATH: path() }, { ...EVENT, text: 'x'.repeat(90_000) });
    await allOver();
  });

  it('ends a command that hangs, with its children, even if they ignore SIGTERM', async () => {
    const hanging = `
      /bin/sh -c 'trap "" TERM; cat /proc/$$/stat >"$OUT/deaf"; sleep 600; sleep 600' &
      /bin/sh -c 'cat /proc/$$/stat >"$OUT/child"; exec sleep 600' &
      cat /proc/$$/stat >"$OUT/command"
      sleep 600
      echo >"$OUT/done"`;
    const begun = performance.now();
    sendNotices([{ command: hanging, event: EVENT }], environment({ PATH: path() }), { timeLimitS: 2 });
    await allOver();
    expect(performance.now() - begun).toBeGreaterThanOrEqual(2000);
    for (const name of ['deaf', 'child', 'command']) {
      const text = written(name);
      const stat = parseStat(text) as NonNullable<ReturnType<typeof parseStat>>;
      expect(isAlive({ pid: Number.parseInt(text, 10), ...stat }), name).toBe(false);
    }
    expect(isWritten('done')).toBe(false);
  });

  it('ends a command that ignores SIGTERM and does not read', async () => {
    const event = { ...EVENT, text: 'x'.repeat(90_000) };
    const deaf = `trap '' TERM; echo >"$OUT/begun"; sleep 600; sleep 600`;
    sendNotices([{ command: deaf, event }], environment({ PATH: path() }), { timeLimitS: 2 });
    await allOver();
    expect(isWritten('begun')).toBe(true);
  });
});

it.each([
  ['timeout', undefined],
  ['no timeout', TOOLS],
])('lets a command handle SIGTERM, with %s', async (_, tools) => {
  const PATH = tools === undefined ? process.env.PATH : narrowPath(tools);
  const command = `trap 'echo bye >"$OUT/bye"; exit' TERM; sleep 600`;
  sendNotices([{ command, event: EVENT }], environment({ PATH }), { timeLimitS: 2 });
  await allOver();
  expect(written('bye')).toBe('bye\n');
});

it('does without a timeout that rejects its options', async () => {
  send('cat >"$OUT/stdin"', { PATH: narrowPath(TOOLS, '#!/bin/sh\nexit 1\n') });
  await allOver();
  expect(JSON.parse(written('stdin'))).toEqual(EVENT);
});

it('starts each command in a session of its own', async () => {
  send('cat /proc/$$/stat >"$OUT/stat"');
  await allOver();
  const sessionOf = (stat: string): string | undefined => stat.split(' ')[5];
  expect(sessionOf(written('stat'))).not.toBe(sessionOf(readFileSync('/proc/self/stat', 'utf8')));
});

it('starts at most 20 commands at once', async () => {
  const notices = Array.from({ length: MOST_AT_ONCE + 5 }, (_, index) => ({
    command: 'echo "$RESOURCE_MANAGER_EVENT_PROJECT" >>"$OUT/log"',
    event: { ...EVENT, project: `p${index}` },
  }));
  sendNotices(notices, environment());
  await allOver();
  const wantProjects = notices.slice(0, 20).map(({ event }) => event.project);
  expect(written('log').trim().split('\n').sort()).toEqual(wantProjects.sort());
});

it('skips notices that cannot be started, and starts the others', async () => {
  const command = 'echo "$RESOURCE_MANAGER_EVENT_KIND" >>"$OUT/log"';
  const notices: Notice[] = [
    { command: 'a\0b', event: EVENT },
    { command, event: { ...EVENT, kind: 'a\0b' } },
    { command, event: { ...EVENT, text: 1n } },
    { command, event: { ...EVENT, project: 'x'.repeat(200_000) } },
    { command, event: EVENT },
  ];
  sendNotices(notices, environment());
  await allOver();
  expect(written('log')).toBe('granted\n');
});

it('keeps no handle that would hold up its caller', async () => {
  const before = process.getActiveResourcesInfo().sort();
  send(':');
  expect(process.getActiveResourcesInfo().sort()).toEqual(before);
  await allOver();
});

it('lets its caller end while the command goes on and can still read the event', async () => {
  const fifo = join(folder, 'go');
  expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
  const command = `echo >"$OUT/begun"; read -r go <"$OUT/go"; cat >"$OUT/stdin"`;
  const caller = join(folder, 'caller.cjs');
  const event = { ...EVENT, text: 'x'.repeat(90_000) };
  const contents = `import { sendNotices } from './src/host/notify/notifier.ts';
    sendNotices([${JSON.stringify({ command, event })}], process.env);`;
  const stdin = { contents, resolveDir: ROOT };
  await build({ stdin, bundle: true, platform: 'node', format: 'cjs', outfile: caller, logLevel: 'warning' });

  const child = start(process.execPath, [caller], { env: environment() as NodeJS.ProcessEnv, stdio: 'ignore' });
  await ended(child);
  expect(child.exitCode).toBe(0);
  expect(ours().length).toBeGreaterThan(0);
  // Opens only once the command has opened the other end.
  const line = await until('the command waits', () => {
    try {
      return openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      return null;
    }
  });
  expect(isWritten('stdin')).toBe(false);
  writeFileSync(line, 'go\n');
  closeSync(line);
  await allOver();
  expect(JSON.parse(written('stdin'))).toEqual(event);
});

it('sends no notice from within a notified command', async () => {
  sendNotices([{ command: 'echo told >>"$OUT/log"', event: EVENT }], environment({ RESOURCE_MANAGER_EVENT: '{}' }));
  sendNotices([{ command: 'echo first >>"$OUT/log"', event: EVENT }], environment());
  await until('the first has run', () => existsSync(join(folder, 'log')));
  await allOver();
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('first\n');
});

it('of many commands together runs no more at a time than of one', async () => {
  const command = 'printf x >>"$OUT/started"; until [ -e "$OUT/go" ]; do sleep 0.05; done';
  const notice = { command, event: EVENT };
  const sessions = (): number[] => ours().filter((pid) => statOf('/proc', pid)?.session === pid);
  for (let n = 0; n < 2 * MOST_AT_ONCE; n += 1) sendNotices([notice], environment());
  await until('the commands run', () => existsSync(join(folder, 'started')));
  expect(sessions().length).toBeLessThanOrEqual(MOST_AT_ONCE);
  writeFileSync(join(folder, 'go'), '');
  await allOver();
  // Other tests of this user may have notifications too.
  const started = readFileSync(join(folder, 'started'), 'utf8').length;
  expect(started).toBeGreaterThan(1);
  expect(started).toBeLessThanOrEqual(MOST_AT_ONCE);
  sendNotices([{ command: 'echo again >"$OUT/again"', event: EVENT }], environment());
  await until('it runs again', () => existsSync(join(folder, 'again')));
  await allOver();
});

it('gets texts that act on no terminal', async () => {
  const event = { ...EVENT, project: 'x\u001b]0;owned\u0007\u202e' };
  sendNotices(
    [{ command: 'cat >"$OUT/event"; printf %s "$RESOURCE_MANAGER_EVENT_PROJECT" >"$OUT/project"', event }],
    environment(),
  );
  await allOver();
  expect(JSON.parse(readFileSync(join(folder, 'event'), 'utf8'))).toEqual(event);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for.
  expect(readFileSync(join(folder, 'event'), 'utf8')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(readFileSync(join(folder, 'project'), 'utf8')).toBe('x\\u001b]0;owned\\u0007\\u202e');
});
