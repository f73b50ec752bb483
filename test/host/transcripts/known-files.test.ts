/** A look that does not list everything still notices changed transcripts, with and without watches of the kernel. */
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { homesOf } from '../../../src/host/transcripts/find.ts';
import { KnownFiles } from '../../../src/host/transcripts/known-files.ts';
import { temporaryFolder, until } from '../../helpers/cli.ts';

const DAY_MS = 86_400_000;
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Two old projects, and looks that follow each other between two full listings. */
function aHome(isWatched: boolean) {
  const home = temporaryFolder();
  const at = (path: string): string => join(home, path);
  const age = (path: string, ms = 3 * DAY_MS): void => {
    const then = (Date.now() - ms) / 1000;
    utimesSync(at(path), then, then);
  };
  const write = (path: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), '{}\n');
  };
  for (const path of ['.claude/projects/-w-a/S1.jsonl', '.claude/projects/-w-b/S2.jsonl']) {
    write(path);
    age(path);
    age(dirname(path));
  }
  age('.claude/projects');
  const known = new KnownFiles(homesOf({ HOME: home }));
  if (isWatched) stops.push(known.watch());
  let now = Date.now();
  const look = () => {
    now += 1;
    const { files, isWhole } = known.look(now);
    return { isWhole, paths: files.map(({ path }) => relative(home, path)) };
  };
  expect(look()).toMatchObject({ isWhole: true, paths: { length: 2 } });
  // A new watch makes the next look read its folder once more.
  expect(look()).toEqual({ isWhole: false, paths: [] });
  const sees = (path: string) =>
    until(`${path} is seen`, () => {
      const { isWhole, paths } = look();
      expect(isWhole).toBe(false);
      return paths.includes(path);
    });
  return { at, age, write, look, sees, known, later: (ms: number) => (now += ms) };
}

describe.each([
  ['with watches', true],
  ['without watches', false],
])('a look %s', (_name, isWatched) => {
  it.each([
    ['a new session', '.claude/projects/-w-a/S3.jsonl'],
    ['a new project', '.claude/projects/-w-c/S3.jsonl'],
    ['the first agent of a session', '.claude/projects/-w-a/S1/subagents/agent-a1.jsonl'],
    ['a workflow', '.claude/projects/-w-a/S1/subagents/workflows/w1/agent-a1.jsonl'],
    ['a new home', '.codex/sessions/2026/11/20/rollout-1.jsonl'],
  ])('notices %s', async (_name, path) => {
    const home = aHome(isWatched);
    home.write(path);
    await home.sees(path);
    const beside = path.replace(/\.jsonl$/, '-2.jsonl');
    home.write(beside);
    await home.sees(beside);
  });

  it('returns only transcripts that changed lately', async () => {
    const home = aHome(isWatched);
    home.write('.claude/projects/-w-a/S3.jsonl');
    await home.sees('.claude/projects/-w-a/S3.jsonl');
    expect(home.look().paths).toEqual(['.claude/projects/-w-a/S3.jsonl']);
    home.age('.claude/projects/-w-a/S3.jsonl');
    await until('it is left alone', () => home.look().paths.length === 0);
  });

  it('notices transcripts in a folder that replaced another', async () => {
    const home = aHome(isWatched);
    home.write('elsewhere/-w-a/S4.jsonl');
    home.age('elsewhere/-w-a');
    rmSync(home.at('.claude/projects/-w-a'), { recursive: true });
    renameSync(home.at('elsewhere/-w-a'), home.at('.claude/projects/-w-a'));
    await home.sees('.claude/projects/-w-a/S4.jsonl');
    home.write('.claude/projects/-w-a/S5.jsonl');
    await home.sees('.claude/projects/-w-a/S5.jsonl');
  });

  it('lists everything now and then, for changes that it did not notice', () => {
    const home = aHome(isWatched);
    rmSync(home.at('.claude/projects/-w-a/S1.jsonl'));
    symlinkSync('/nonexistent', home.at('.claude/projects/-w-a/S9.jsonl'));
    home.later(isWatched ? 299_000 : 59_000);
    expect(home.look().isWhole).toBe(false);
    home.later(1_000);
    expect(home.look()).toEqual({ isWhole: true, paths: ['.claude/projects/-w-b/S2.jsonl'] });
    expect(home.known.size).toBe(1);
  });
});

it('a watch notices an old session that goes on', async () => {
  const home = aHome(true);
  appendFileSync(home.at('.claude/projects/-w-a/S1.jsonl'), '{}\n');
  await home.sees('.claude/projects/-w-a/S1.jsonl');
});

it('a look notices changes after its watches have ended', async () => {
  const home = aHome(true);
  for (const stop of stops.splice(0)) stop();
  home.write('.claude/projects/-w-a/S3.jsonl');
  await home.sees('.claude/projects/-w-a/S3.jsonl');
});
