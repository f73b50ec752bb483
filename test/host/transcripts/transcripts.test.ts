/** Transcripts are read as they grow, from a temporary home. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as zlib from 'node:zlib';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../src/core/model/instants.ts';
import { sameProcess } from '../../../src/core/model/process-ref.ts';
import { workOf } from '../../../src/core/usage/attribution.ts';
import { costOf } from '../../../src/core/usage/pricing.ts';
import { totalTokens } from '../../../src/core/usage/response.ts';
import { nameSession } from '../../../src/host/sessions/names.ts';
import { homesOf } from '../../../src/host/transcripts/find.ts';
import { openTranscripts } from '../../../src/host/transcripts/transcripts.ts';
import { temporaryFolder } from '../../helpers/cli.ts';
import { process_ } from '../../helpers/state.ts';
import { aLine, EXAMPLE_MICRO_USD, workedExample } from '../../helpers/transcripts.ts';

const SELF = process_(7);

const isInstalled = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;

function aHome() {
  const home = temporaryFolder();
  const dir = join(home, 'state');
  mkdirSync(dir);
  let now = Date.UTC(2026, 10, 20, 12);
  const env = { HOME: home };
  const at = (path: string): string => join(home, '.claude', path);
  const add = (path: string, ...lines: unknown[]): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    for (const line of lines) appendFileSync(at(path), typeof line === 'string' ? line : `${JSON.stringify(line)}\n`);
  };
  /** Reads as a new process does, which knows only the kept data. */
  const look = () => {
    now += 60_000;
    const transcripts = openTranscripts({
      dir,
      env,
      now: () => now as Instant,
      self: () => SELF,
      isDead: (ref) => !sameProcess(ref, SELF),
      keepEveryBytes: 0,
    });
    const reading = transcripts.read();
    const entries = [...transcripts.ledger.entries()];
    transcripts.keep();
    expect(transcripts.ledger.size, 'the whole ledger is kept').toBe(entries.length);
    expect([...transcripts.ledger.entries()]).toEqual(expect.arrayContaining(entries));
    expect(reading.isDone).toBe(true);
    return {
      ...reading,
      entries,
      transcripts,
      microUsd: entries.reduce((sum, entry) => sum + costOf(entry).microUsd, 0),
      tokens: entries.reduce((sum, entry) => sum + totalTokens(entry.tokens), 0),
    };
  };
  const pass = (ms: number): void => {
    now += ms;
  };
  return { home, dir, env, at, add, look, now: () => now, pass };
}

const said = (id: string, output = 1, more: Record<string, unknown> = {}) =>
  aLine({ id, usage: { output_tokens: output }, ...more });
const FILE = 'projects/-w-app/S1.jsonl';

it('counts the worked example', () => {
  const home = aHome();
  for (const [file, line] of workedExample()) home.add(file, line);
  expect(home.look()).toMatchObject({ files: 2, microUsd: EXAMPLE_MICRO_USD, unparsed: 0, unreadable: [] });
  expect(home.look()).toMatchObject({ bytes: 0, microUsd: EXAMPLE_MICRO_USD });
});

describe('growing files', () => {
  it('are read from where they grew', () => {
    const home = aHome();
    home.add(FILE, said('m1'), said('m2'));
    expect(home.look().tokens).toBe(2);
    const line = said('m3');
    home.add(FILE, line);
    expect(home.look()).toMatchObject({ tokens: 3, bytes: JSON.stringify(line).length + 1 });
  });

  it('count a streamed response by its growth between two looks', () => {
    const home = aHome();
    home.add(FILE, said('m1', 3));
    expect(home.look().tokens).toBe(3);
    home.add(FILE, said('m1', 410));
    expect(home.look().tokens).toBe(410);
  });

  it('count a half-written line once it is whole', () => {
    const home = aHome();
    const text = `${JSON.stringify(said('m2', 10))}\n`;
    home.add(FILE, said('m1'), text.slice(0, 200));
    expect(home.look()).toMatchObject({ tokens: 1, unparsed: 0 });
    home.add(FILE, text.slice(200));
    expect(home.look().tokens).toBe(11);
  });

  it('count a last line without its line feed', () => {
    const home = aHome();
    home.add(FILE, JSON.stringify(said('m1', 5)));
    expect(home.look().tokens).toBe(5);
    home.add(FILE, '\n', said('m2', 6));
    expect(home.look().tokens).toBe(11);
  });

  it('are read again when they were truncated, replaced or rewritten', () => {
    const home = aHome();
    home.add(FILE, said('m1'), said('m2'));
    home.look();
    truncateSync(home.at(FILE), 0);
    home.add(FILE, said('m3'));
    expect(home.look().tokens).toBe(3);
    home.add('projects/-w-app/new.txt', said('m4'), said('m5'), said('m6'));
    renameSync(home.at('projects/-w-app/new.txt'), home.at(FILE));
    expect(home.look().tokens).toBe(6);
    const lines = ['m7', 'm8', 'm9', 'm10'].map((id) => `${JSON.stringify(said(id))}\n`);
    writeFileSync(home.at(FILE), lines.join(''));
    expect(home.look().tokens).toBe(10);
  });

  it('are read again when the kept data is damaged', () => {
    const home = aHome();
    home.add(FILE, said('m1', 7));
    home.look();
    const folder = join(home.dir, readdirSync(home.dir)[0] as string);
    const [responses] = readdirSync(folder).filter((name) => name.startsWith('responses-'));
    truncateSync(join(folder, responses as string), 10);
    expect(home.look().tokens).toBe(7);
    writeFileSync(join(folder, 'positions.json'), 'half a fi');
    expect(home.look().tokens).toBe(7);
  });
});

it('remembers responses that a rewritten file has no longer', () => {
  const home = aHome();
  const total = () => {
    const transcripts = openTranscripts({
      dir: home.dir,
      env: home.env,
      now: () => home.now() as Instant,
      self: () => SELF,
      isDead: () => false,
    });
    transcripts.read();
    transcripts.keep();
    return [...transcripts.ledger.entries()].reduce((sum, entry) => sum + totalTokens(entry.tokens), 0);
  };
  home.add(FILE, said('m1', 5), said('m2', 6));
  expect(total()).toBe(11);
  rmSync(home.at(FILE));
  home.add(FILE, said('m2', 6), said('m3', 7));
  expect(total()).toBe(18);
});

it('keeps all figures of a response', () => {
  const home = aHome();
  const usage = {
    input_tokens: 1,
    output_tokens: 2,
    cache_read_input_tokens: 3,
    cache_creation_input_tokens: 100,
    cache_creation: { ephemeral_5m_input_tokens: 40, ephemeral_1h_input_tokens: 50 },
    server_tool_use: { web_search_requests: 2 },
    inference_geo: 'us',
    speed: 'fast',
    service_tier: 'batch',
  };
  home.add(FILE, aLine({ usage, agentId: 'a1' }), said('m2', 1, { model: 'claude-haiku-4-5' }));
  const { entries } = home.look();
  const again = home.look().entries;
  expect(again).toHaveLength(2);
  expect(again).toEqual(expect.arrayContaining(entries));
  expect(entries[0]).toMatchObject({ isUs: true, speed: 'fast', isBatch: true, webSearches: 2 });
});

it('keeps no text of a response, which others must not read', () => {
  const home = aHome();
  home.add(FILE, aLine({ usage: { output_tokens: 1 }, content: [{ type: 'text', text: 'secret words' }] }));
  home.look();
  const folder = join(home.dir, readdirSync(home.dir)[0] as string);
  for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name), 'latin1')).not.toContain('secret');
});

it('skips other lines, however long and however similar to usage', () => {
  const home = aHome();
  const text = 'x'.repeat(20 << 20);
  home.add(
    FILE,
    said('m1'),
    { type: 'file-history-snapshot', text },
    said('m2'),
    { type: 'user', message: { content: JSON.stringify(said('m3')) } },
    { type: 'user', toolUseResult: { usage: { output_tokens: 99 }, by: 'assistant' } },
    said('m4', 1, { content: [{ type: 'text', text: text.slice(0, 3 << 20) }] }),
  );
  expect(home.look()).toMatchObject({ tokens: 3, unparsed: 0 });
});

it('counts the lines of usage that it cannot parse', () => {
  const home = aHome();
  home.add(FILE, '{"type":"assistant","message":{"usage":\n', said('m1'));
  expect(home.look()).toMatchObject({ tokens: 1, unparsed: 1 });
});

it('finds subagents and workflows, and leaves journals out', () => {
  const home = aHome();
  home.add(FILE, said('m1'));
  home.add('projects/-w-app/S1/subagents/agent-a1.jsonl', said('m2', 1, { agentId: 'a1' }));
  home.add('projects/-w-app/S1/subagents/workflows/w1/agent-a2.jsonl', said('m3', 1, { agentId: 'a2' }));
  home.add('projects/-w-app/S1/subagents/workflows/w1/journal.jsonl', said('m4'));
  const { entries, files } = home.look();
  expect(files).toBe(3);
  expect(entries.map(({ owner }) => owner.agentId)).toEqual([null, 'a1', 'a2']);
});

it('takes a home of Codex by its folder of rollouts too', () => {
  expect(homesOf({ HOME: '/h', CODEX_HOME: '/c/sessions, ~/d' }).codex).toEqual([
    '/c/sessions',
    '/h/d/sessions',
    '/h/d/archived_sessions',
  ]);
});

it('looks in every home', () => {
  expect(homesOf({ HOME: '/h' })).toEqual({
    claude: ['/h/.claude/projects', '/h/.config/claude/projects'],
    codex: ['/h/.codex/sessions', '/h/.codex/archived_sessions'],
  });
  expect(homesOf({ HOME: '/h', CLAUDE_CONFIG_DIR: '/a, /b/projects,~/c', CODEX_HOME: '/c,/d/' })).toEqual({
    claude: ['/a/projects', '/b/projects', '/h/c/projects'],
    codex: ['/c/sessions', '/c/archived_sessions', '/d/sessions', '/d/archived_sessions'],
  });
  expect(homesOf({ HOME: '/h', XDG_CONFIG_HOME: '/x' }).claude).toEqual(['/h/.claude/projects', '/x/claude/projects']);
  expect(homesOf({ HOME: '/h', XDG_CONFIG_HOME: 'x' })).toEqual(homesOf({ HOME: '/h' }));
});

it.each([undefined, ''])('takes the home from the password database when HOME is %j', (HOME) => {
  expect(homesOf({ HOME }).claude[0]).toBe(join(homedir(), '.claude/projects'));
});

describe('places and forms', () => {
  const line = (type: string, payload: object) => ({ timestamp: '2026-11-20T10:00:00Z', type, payload });
  const counts = (input: number) =>
    line('event_msg', { type: 'token_count', info: { total_token_usage: { input_tokens: input, output_tokens: 0 } } });
  const rollout = (id: string, ...inputs: number[]) => [
    line('session_meta', { id, cwd: '/w/app' }),
    line('turn_context', { model: 'gpt-5' }),
    ...inputs.map(counts),
  ];
  const text = (...lines: unknown[]): string => lines.map((one) => `${JSON.stringify(one)}\n`).join('');
  const ACTIVE = '../.codex/sessions/2026/11/20/rollout-2026-11-20T10-00-00-P.jsonl';
  const ARCHIVED = '../.codex/archived_sessions/rollout-2026-11-20T10-00-00-P.jsonl';
  const write = (home: ReturnType<typeof aHome>, path: string, bytes: string | Uint8Array): void => {
    mkdirSync(dirname(home.at(path)), { recursive: true });
    writeFileSync(home.at(path), bytes);
  };

  it('reads archived rollouts, and one in both places once', () => {
    const home = aHome();
    home.add(ACTIVE, ...rollout('P', 100));
    home.add(ARCHIVED, ...rollout('P', 100));
    home.add('../.codex/archived_sessions/rollout-Q.jsonl', ...rollout('Q', 20));
    expect(home.look()).toMatchObject({ tokens: 120, files: 3, unreadable: [] });
  });
  it('goes on where it was in a rollout that was moved to the archive', () => {
    const home = aHome();
    home.add(ACTIVE, ...rollout('P', 100));
    expect(home.look().tokens).toBe(100);
    mkdirSync(dirname(home.at(ARCHIVED)), { recursive: true });
    renameSync(home.at(ACTIVE), home.at(ARCHIVED));
    expect(home.look()).toMatchObject({ tokens: 100, bytes: 0, files: 1 });
    home.add(ARCHIVED, counts(250));
    expect(home.look().tokens).toBe(250);
  });
  it.each([
    ['gz', gzipSync],
    ['br', brotliCompressSync],
  ])('reads compressed ones: %s', (ending, pack) => {
    const home = aHome();
    write(home, `${FILE}.${ending}`, pack(text(said('m1', 5), said('m2', 6))));
    write(home, `${ACTIVE}.${ending}`, pack(text(...rollout('P', 100))));
    expect(home.look()).toMatchObject({ tokens: 111, files: 2, unreadable: [] });
    expect(home.look()).toMatchObject({ tokens: 111, bytes: 0 });
    write(home, `${FILE}.${ending}`, pack(text(said('m1', 5), said('m2', 6), said('m3', 7))));
    expect(home.look().tokens).toBe(118);
  });
  it('reads only what is new in one that was compressed meanwhile', () => {
    const home = aHome();
    home.add(ACTIVE, ...rollout('P', 100));
    home.look();
    home.add(ACTIVE, counts(130));
    const all = readFileSync(home.at(ACTIVE));
    write(home, `${ACTIVE}.gz`, gzipSync(all));
    rmSync(home.at(ACTIVE));
    expect(home.look()).toMatchObject({ tokens: 130, bytes: text(counts(130)).length });
  });
  it('reads zstd as Node does, or as the program does', () => {
    const home = aHome();
    const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: string) => Buffer };
    if (zstdCompressSync === undefined && !isInstalled('zstd')) return;
    const pack = zstdCompressSync ?? ((bytes: string) => execFileSync('zstd', ['-qc'], { input: bytes }));
    write(home, `${ACTIVE}.zst`, pack(text(...rollout('P', 100))));
    expect(home.look()).toMatchObject({ tokens: 100, unreadable: [] });
    home.add(ACTIVE, ...rollout('P', 100, 120));
    expect(home.look(), 'unpacked again to go on').toMatchObject({ tokens: 120, unreadable: [] });
  });
  it.each([
    ['xz', 'xz'],
    ['bz2', 'bzip2'],
    ['lz4', 'lz4'],
  ])('reads what only a program unpacks: %s', (ending, program) => {
    if (!isInstalled(program)) return;
    const home = aHome();
    write(home, `${FILE}.${ending}`, execFileSync(program, ['-c'], { input: text(said('m1', 5)) }));
    expect(home.look()).toMatchObject({ tokens: 5, unreadable: [] });
  });
  it.each(['xz', 'bz2', 'zip', 'gz', 'zst'])('counts what it cannot unpack as unreadable: %s', (ending) => {
    const home = aHome();
    write(home, `${FILE}.${ending}`, 'not packed at all');
    home.add('projects/-w-app/S2.jsonl', said('m1', 5));
    expect(home.look()).toMatchObject({ tokens: 5, unreadable: [home.at(`${FILE}.${ending}`)] });
    expect(home.look()).toMatchObject({ tokens: 5, unreadable: [home.at(`${FILE}.${ending}`)] });
    home.add(FILE, said('m2', 1));
    expect(home.look(), 'the plain one is there too').toMatchObject({ tokens: 6, unreadable: [] });
  });
  it('reads linked files and folders, each once', () => {
    const home = aHome();
    const far = temporaryFolder();
    mkdirSync(join(far, 'projects/-w-far/S9/subagents'), { recursive: true });
    writeFileSync(join(far, 'projects/-w-far/S9.jsonl'), text(said('m1', 5)));
    writeFileSync(join(far, 'projects/-w-far/S9/subagents/agent-a1.jsonl'), text(said('m2', 6, { agentId: 'a1' })));
    writeFileSync(join(far, 'S8.jsonl'), text(said('m3', 7)));
    mkdirSync(home.at('projects/-w-app'), { recursive: true });
    symlinkSync(join(far, 'projects/-w-far'), home.at('projects/-w-far'));
    symlinkSync(join(far, 'projects/-w-far'), home.at('projects/-w-again'));
    symlinkSync('..', home.at('projects/-w-app/up'));
    symlinkSync(join(far, 'S8.jsonl'), home.at('projects/-w-app/S8.jsonl'));
    expect(home.look()).toMatchObject({ tokens: 18, files: 3, unreadable: [] });
  });
  it('reads a home that is a link', () => {
    const home = aHome();
    const far = temporaryFolder();
    mkdirSync(join(far, 'sessions/2026/11/20'), { recursive: true });
    writeFileSync(join(far, 'sessions/2026/11/20/rollout-1.jsonl'), text(...rollout('P', 100)));
    symlinkSync(far, join(home.home, '.codex'));
    expect(home.look()).toMatchObject({ tokens: 100, unreadable: [] });
  });
  it('counts links that lead nowhere, and what is no file, as unreadable', () => {
    const home = aHome();
    home.add(FILE, said('m1'));
    symlinkSync('nowhere/S2.jsonl', home.at('projects/-w-app/S2.jsonl'));
    symlinkSync('nowhere', home.at('projects/-w-gone'));
    execFileSync('mkfifo', [home.at('projects/-w-app/S3.jsonl')]);
    writeFileSync(join(home.home, '.codex'), 'a file');
    expect([...home.look().unreadable].sort()).toEqual(
      [
        join(home.home, '.codex/archived_sessions'),
        join(home.home, '.codex/sessions'),
        home.at('projects/-w-app/S2.jsonl'),
        home.at('projects/-w-app/S3.jsonl'),
        home.at('projects/-w-gone'),
      ].sort(),
    );
  });
  it('reads endings in capitals', () => {
    const home = aHome();
    write(home, 'projects/-w-app/S1.JSONL', text(said('m1', 5)));
    write(home, 'projects/-w-app/S2.JSONL.GZ', gzipSync(text(said('m2', 6))));
    expect(home.look()).toMatchObject({ tokens: 11, unreadable: [] });
  });
  it.each([
    ['torn by a crash', JSON.stringify(said('m1', 5)).slice(0, -9), 6, 1],
    ['without its line feed', JSON.stringify(said('m1', 5)), 11, 0],
    ['lost by the disk', '\0'.repeat(5000), 6, 0],
  ])('reads the entry behind one that is %s', (_, before, tokens, unparsed) => {
    const home = aHome();
    write(home, FILE, `${before}${text(said('m2', 6))}`);
    expect(home.look()).toMatchObject({ tokens, unparsed });
  });
  it('reads renamed ones, with a byte order mark and line ends of Windows', () => {
    const home = aHome();
    write(home, `${FILE}.bak`, `\uFEFF${text(said('m1', 5), said('m2', 6)).replaceAll('\n', '\r\n')}`);
    write(home, `${FILE}~`, text(said('m2', 6), said('m3', 7)));
    expect(home.look()).toMatchObject({ tokens: 18, unparsed: 0 });
  });
});

describe('a long reading', () => {
  it('goes on in steps, within a file too, and is kept in between', () => {
    const home = aHome();
    const text = (from: number) =>
      Array.from({ length: 400 }, (_, n) => `${JSON.stringify(said(`m${from + n}`))}\n`).join('');
    for (const at of [0, 1, 2]) home.add(`projects/-w-app/S${at}.jsonl`, text(400 * at));
    const open = () =>
      openTranscripts({
        dir: home.dir,
        env: home.env,
        now: () => home.now() as Instant,
        self: () => SELF,
        isDead: () => false,
        keepEveryBytes: 0,
      });
    const sizes: number[] = [];
    for (let transcripts = open(); ; transcripts = open()) {
      const { isDone, bytes } = transcripts.read(40_000);
      expect(bytes).toBeLessThan(40_000 + (1 << 20));
      transcripts.keep();
      sizes.push(transcripts.ledger.size);
      home.pass(11 * 60_000);
      if (isDone) break;
    }
    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(sizes.at(-1)).toBe(1200);
    expect(home.look().tokens).toBe(1200);
  });
});

it('reads rollouts of Codex from where they grew', () => {
  const home = aHome();
  const file = '../.codex/sessions/2026/11/20/rollout-1.jsonl';
  const line = (type: string, payload: object) => ({ timestamp: '2026-11-20T10:00:00Z', type, payload });
  const counts = (input: number) =>
    line('event_msg', { type: 'token_count', info: { total_token_usage: { input_tokens: input, output_tokens: 0 } } });
  home.add(
    file,
    line('session_meta', { id: 'P', cwd: '/w/app' }),
    line('turn_context', { model: 'gpt-5' }),
    counts(100),
  );
  expect(home.look().tokens).toBe(100);
  home.add(file, counts(100), counts(250));
  const { tokens, entries } = home.look();
  expect(tokens).toBe(250);
  expect(entries.map(({ model, owner }) => [model, owner.session])).toEqual([
    ['gpt-5', 'P'],
    ['gpt-5', 'P'],
  ]);
});

it('names an agent by the repository of its folder, or by the recorded name of its session', () => {
  const home = aHome();
  mkdirSync(join(home.home, 'repo', '.git'), { recursive: true });
  mkdirSync(join(home.home, 'repo', 'src', 'deep'), { recursive: true });
  const { transcripts } = home.look();
  const by = (cwd: string | null, session = 'S1', agentId: string | null = null): string =>
    transcripts.nameOf({ session, agentId, cwd }, new Map()).name;
  expect(by(join(home.home, 'repo', 'src', 'deep'))).toBe(`repo/${workOf('S1', null)}`);
  expect(by('/nonexistent/folder')).toBe(`folder/${workOf('S1', null)}`);
  expect(by(null)).toBe(`unknown/${workOf('S1', null)}`);
  nameSession(home.dir, 'S1', { project: 'odin', agent: 'odin/auth' });
  nameSession(home.dir, 'S2', { project: 'hera', agent: null });
  transcripts.read();
  expect([by('/w/x'), by('/w/x', 'S1', 'a1'), by('/w/x', 'S2')]).toEqual([
    'odin/auth',
    `odin/${workOf('S1', 'a1')}`,
    `hera/${workOf('S2', null)}`,
  ]);
  expect([...transcripts.takeRenamed()]).toEqual(['S1', 'S2']);
  expect([...transcripts.takeRenamed()]).toEqual([]);
});

describe('a counting turn', () => {
  const count = { agent: 'app/a', begunAt: 1, from: 1, tokens: 5, costMicroUsd: 6, pending: null };
  const folderIn = (home: ReturnType<typeof aHome>) => join(home.dir, readdirSync(home.dir)[0] as string);

  it('excludes other turns, and is not held up by a dead process', () => {
    const home = aHome();
    const { transcripts } = home.look();
    const turn = transcripts.beginCounting();
    expect(turn).not.toBeNull();
    expect(transcripts.beginCounting()).toBeNull();
    turn?.end();
    const lock = join(folderIn(home), 'counting.lock');
    for (const dead of [`held.8.80.b..${home.now()}.x`, `held.7.1.b..${home.now()}.x`]) {
      renameSync(join(lock, 'free'), join(lock, dead));
      const again = transcripts.beginCounting();
      expect(again).not.toBeNull();
      again?.end();
    }
    expect(readdirSync(lock)).toEqual(['free']);
  });

  it('is taken from a live process a minute after its last write, and its counts are then refused', () => {
    const home = aHome();
    const slow = home.look().transcripts.beginCounting();
    slow?.keep([count]);
    const { transcripts } = home.look();
    home.pass(Date.now() - home.now() + 30_000);
    expect(transcripts.beginCounting()).toBeNull();
    home.pass(60_000);
    const turn = transcripts.beginCounting();
    expect(turn?.counted()).toEqual([count]);
    turn?.keep([]);
    expect(() => slow?.keep([count])).toThrow(/another process/);
    slow?.end();
    home.pass(Date.now() - home.now());
    expect(transcripts.beginCounting()).toBeNull();
    expect(turn?.counted()).toEqual([]);
    turn?.end();
    expect(transcripts.beginCounting()).not.toBeNull();
  });

  it('leaves no descriptor open while another process counts', () => {
    const home = aHome();
    const { transcripts } = home.look();
    home.pass(Date.now() - home.now());
    const turn = transcripts.beginCounting();
    const before = readdirSync('/proc/self/fd').length;
    for (let times = 0; times < 20; times += 1) expect(transcripts.beginCounting()).toBeNull();
    expect(readdirSync('/proc/self/fd').length).toBe(before);
    turn?.end();
  });

  it('remembers its counts, and refuses a damaged file of them', () => {
    const home = aHome();
    const turn = home.look().transcripts.beginCounting();
    expect(turn?.counted()).toEqual([]);
    turn?.keep([count]);
    expect(turn?.counted()).toEqual([count]);
    writeFileSync(join(folderIn(home), 'counted.json'), '{"counted":');
    expect(() => turn?.counted()).toThrow(/counted\.json/);
  });
});
