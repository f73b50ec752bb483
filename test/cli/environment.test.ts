/** What the environment cannot give has a stated stand-in, or a refusal that says what to do. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { binary, cleanEnvironment, sandbox, temporaryFolder } from '../helpers/cli.ts';

describe('a budget that renews daily, where TZ is', () => {
  it.each([
    ['the name of a zone', 'Asia/Tokyo', 'Asia/Tokyo', ''],
    ['a path', '/usr/share/zoneinfo/Asia/Tokyo', 'Asia/Tokyo', ''],
    ['a colon and a path', ':/usr/share/zoneinfo/Asia/Tokyo', 'Asia/Tokyo', ''],
    ['blank', '', 'UTC', 'begins at midnight UTC'],
    ['a mistake', 'Foo/Bar', 'UTC', 'begins at midnight UTC'],
    ['a rule', 'CET-1CEST', 'UTC', 'begins at midnight UTC'],
  ])('%s', (_name, TZ, zone, note) => {
    const box = sandbox();
    const { status, stderr } = box.run(
      'resource-manager',
      ['budget', 'allocate', 'a/b', '--tokens', '9', '--per', 'day'],
      { TZ },
    );
    expect({ status, notes: stderr.includes('begins at midnight UTC') }).toEqual({ status: 0, notes: note !== '' });
    expect(readFileSync(box.slotsPath, 'utf8')).toContain(`"zone":"${zone}"`);
    expect(box.run('request-slots', ['odin', '1', '--detached', '--ttl', '1h']).status).toBe(0);
  });
});

const runAs = (uid: number, words: readonly string[], env: Record<string, string | undefined>) => {
  const [command, ...args] = words as [string, ...string[]];
  const program = [process.execPath, binary('resource-manager'), command, ...args];
  const options = { encoding: 'utf8', env: cleanEnvironment(env), input: '', timeout: 30_000 } as const;
  return spawnSync('setpriv', ['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', ...program], options);
};
/** A user that no password database lists, as containers have them. */
const NOBODY_KNOWN = 424_242;

describe('without a home folder', () => {
  it.each([undefined, '', 'relative'])('a command says what to do (HOME %j)', (HOME) => {
    for (const words of [
      ['status'],
      ['request', 'p', '1'],
      ['integrate', 'claude', '-n'],
      ['run', 'p', '--', 'true'],
    ]) {
      const { status, stderr } = runAs(NOBODY_KNOWN, words, {
        HOME,
        RESOURCE_MANAGER_DIR: undefined,
        CLAUDE_CONFIG_DIR: '',
      });
      expect([words, status, stderr]).toEqual([
        words,
        66,
        expect.stringMatching(/^error: this user has no home folder.*\nhint: set HOME .*\n$/),
      ]);
    }
  });

  it('whose folder is missing, no command makes one', () => {
    const parent = temporaryFolder();
    const HOME = join(parent, 'gone');
    const box = sandbox();
    const env = { HOME, RESOURCE_MANAGER_DIR: undefined, CLAUDE_CONFIG_DIR: undefined, XDG_CONFIG_HOME: undefined };
    for (const words of [
      ['init'],
      ['request', 'p', '1', '--detached', '--ttl', '1h'],
      ['integrate', 'claude'],
      ['service', 'install'],
      ['monitor', '--once'],
    ]) {
      const { status, stderr } = box.run('resource-manager', words, env as never);
      const why = `error: this user has no home folder: there is no folder ${HOME}\n`;
      expect([words, status, stderr]).toEqual([words, 66, expect.stringContaining(why)]);
    }
    for (const words of [['status'], ['doctor'], ['audit']])
      expect(box.run('resource-manager', words, { HOME }).status).toBe(0);
    const event = JSON.stringify({ hook_event_name: 'SessionStart', session_id: 's', cwd: parent });
    const program = [binary('resource-manager'), 'hook', 'session-start'];
    const hook = spawnSync(process.execPath, program, { encoding: 'utf8', env: cleanEnvironment(env), input: event });
    expect([hook.status, hook.stdout]).toEqual([0, expect.stringContaining(`there is no folder ${HOME}`)]);
    expect(existsSync(HOME)).toBe(false);
  });

  it('a state that is named works all the same', () => {
    const dir = join(temporaryFolder(), 'state');
    mkdirSync(dir);
    chmodSync(join(dir, '..'), 0o755);
    chownSync(dir, NOBODY_KNOWN, NOBODY_KNOWN);
    for (const words of [['status'], ['doctor'], ['audit'], ['report-usage', '--from-claude', '--all'], ['metrics']]) {
      const { status, stderr } = runAs(NOBODY_KNOWN, words, { HOME: undefined, RESOURCE_MANAGER_DIR: dir });
      expect([words, status, stderr]).toEqual([words, 0, expect.not.stringContaining('error')]);
    }
  });
});

const isRoot = process.platform === 'linux' && process.geteuid?.() === 0;
it.runIf(isRoot)('where the home is read-only, every command that writes says so', () => {
  const home = temporaryFolder();
  const script = `mount --make-rprivate / && mount -t tmpfs -o ro none ${home} && exec "$@"`;
  for (const words of [
    ['request', 'p', '1'],
    ['report-usage', '--from-claude', '--all'],
    ['integrate', 'claude'],
    ['config', 'set', 'strategy', 'fifo'],
  ]) {
    const program = ['-m', 'sh', '-c', script, 'sh', process.execPath, binary('resource-manager'), ...words];
    const env = cleanEnvironment({ HOME: home, RESOURCE_MANAGER_DIR: undefined, CLAUDE_CONFIG_DIR: undefined });
    const { status, stderr } = spawnSync('unshare', program, { encoding: 'utf8', env });
    const why = expect.stringContaining('the file system is read-only\nhint: ');
    expect([words, status, stderr]).toEqual([words, 77, why]);
  }
});

describe('an odd environment changes no answer', () => {
  it.each<[string, Record<string, string | undefined>]>([
    ['without PATH', { PATH: undefined }],
    ['with a blank PATH', { PATH: '' }],
    ['without TMPDIR', { TMPDIR: undefined }],
    ['with a blank TMPDIR', { TMPDIR: '' }],
    ['with a TMPDIR that does not exist', { TMPDIR: '/nonexistent/tmp' }],
    ['without a user', { USER: undefined, LOGNAME: undefined }],
    ['in an unknown language', { LC_ALL: 'xx_YY.KOI8-R', LANG: '' }],
    ['in Turkish', { LC_ALL: 'tr_TR.UTF-8' }],
    ['with no columns', { COLUMNS: '0' }],
    ['with nonsense columns', { COLUMNS: '-1e9' }],
    ['without a terminal type', { TERM: undefined }],
    ['with a blank terminal type', { TERM: '' }],
    ['with blank XDG folders', { XDG_CONFIG_HOME: '', XDG_CACHE_HOME: '', XDG_RUNTIME_DIR: '' }],
    ['with relative XDG folders', { XDG_CONFIG_HOME: 'x', XDG_CACHE_HOME: 'nope/y', XDG_RUNTIME_DIR: 'z' }],
    ['with numbers that are none', { CLAUDE_PID: 'x', RESOURCE_MANAGER_LEASE: '' }],
  ])('%s', (_name, env) => {
    const box = sandbox();
    const plain = (text: string) => text.replaceAll(/\d+/g, 'N').replaceAll(/-{2,}/g, '-');
    const words = [
      ['status'],
      ['budget', 'status'],
      ['queue'],
      ['config', 'list'],
      ['doctor'],
      ['audit'],
      ['forecast'],
    ];
    for (const [command, ...args] of words as [string, ...string[]][]) {
      const want = box.run('resource-manager', [command, ...args], { TZ: 'UTC' });
      const is = box.run('resource-manager', [command, ...args], { TZ: 'UTC', ...env } as Record<string, string>);
      expect([command, is.status]).toEqual([command, want.status]);
      if (command !== 'doctor' && command !== 'audit') expect(plain(is.stdout)).toBe(plain(want.stdout));
    }
    expect(existsSync('nope')).toBe(false);
    const asked = box.run('request-slots', ['odin', '1', '--detached', '--ttl', '1h'], env as Record<string, string>);
    expect([asked.status, asked.stderr]).toEqual([0, '']);
    expect(box.run('resource-manager', ['status']).status).toBe(0);
  });

  it('in a folder that is gone', () => {
    const box = sandbox();
    const gone = temporaryFolder();
    const script = `cd ${gone} && rmdir ${gone} && exec "$@"`;
    const run = (...words: string[]) => {
      mkdirSync(gone, { recursive: true });
      const args = ['-c', script, 'sh', process.execPath, binary('resource-manager'), ...words];
      return spawnSync('sh', args, { encoding: 'utf8', env: cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir }) });
    };
    for (const words of [['status'], ['request', 'p', '1', '--detached', '--ttl', '1h'], ['doctor']])
      expect([words, run(...words).status]).toEqual([words, 0]);
    const relative = run('status', '--dir', 'here');
    expect(relative.status).not.toBe(70);
    expect(relative.stderr).toEqual(expect.stringMatching(/^error: .*\nhint: .*\n$/));
    if (existsSync(gone)) rmdirSync(gone);
  });
});
