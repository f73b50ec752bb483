/** Every kind of bad input has its exit code, prints two lines on standard error only, and changes no byte. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aProcess, binary, type CommandName, cleanEnvironment, sandbox, temporaryFolder } from '../helpers/cli.ts';

type Case = readonly [wantStatus: number, wantError: RegExp, wantHint: RegExp, command: CommandName, ...args: string[]];

const CASES: readonly Case[] = [
  [64, /N must be a whole number from 1 to 100000, got "0"/, /write it like/, 'request-slots', 'p', '0'],
  [64, /got "1\.5"/, /./, 'request-slots', 'p', '1.5'],
  [64, /got "abc"/, /./, 'request-slots', 'p', 'abc'],
  [64, /got "99999999999999999999"/, /./, 'request-slots', 'p', '99999999999999999999'],
  [64, /whole number from 1 to 100000, got "-5"/, /./, 'request-slots', 'p', '-5'],
  [64, /missing required argument 'N'/, /request-slots --help/, 'request-slots', 'p'],
  [64, /missing required argument 'PROJECT'/, /./, 'request-slots'],
  [64, /too many arguments/, /./, 'request-slots', 'p', '1', '2'],
  [64, /"a b" is not a project name/, /1 to 64 of/, 'request-slots', 'a b', '1'],
  [64, /"\.hidden" is not a project name/, /./, 'request-slots', '.hidden', '1'],
  [64, /"\.\.\/x" is not a project name/, /./, 'request-slots', '../x', '1'],
  [64, /is not a project name/, /./, 'request-slots', 'x'.repeat(65), '1'],
  [64, /is not a project name/, /./, 'request-slots', '__proto__', '1'],
  [64, /is not a project name/, /./, 'request-slots', '', '1'],
  [64, /unknown option '--wiat'/, /did you mean --wait\?/, 'request-slots', 'p', '1', '--wiat'],
  [64, /--min 3 is more than the 2 asked for/, /./, 'request-slots', 'p', '2', '--min', '3'],
  [64, /--min must be a whole number/, /./, 'request-slots', 'p', '2', '--min', '0'],
  [64, /argument missing/, /./, 'request-slots', 'p', '2', '--min'],
  [
    64,
    /--priority must be a whole number from 1 to 10, got "11"/,
    /write it like/,
    'request-slots',
    'p',
    '2',
    '--priority',
    '11',
  ],
  [64, /--wait must be a duration, got "soon"/, /90s, 15m or 2h/, 'request-slots', 'p', '2', '--wait=soon'],
  [64, /--ttl must be a duration/, /./, 'request-slots', 'p', '2', '--ttl', '5'],
  [64, /--wait and --no-queue exclude each other/, /./, 'request-slots', 'p', '2', '--wait', '--no-queue'],
  [64, /--pid and --detached exclude each other/, /./, 'request-slots', 'p', '2', '--pid', '1', '--detached'],
  [64, /--pid names no running process: 999999999/, /./, 'request-slots', 'p', '2', '--pid', '999999999'],
  [64, /--pid names no running process: -1/, /./, 'request-slots', 'p', '2', '--pid=-1'],
  [64, /--agents names 3 agents for 2 slots/, /./, 'request-slots', 'p', '2', '--agents', 'a,b,c'],
  [64, /--agents names an agent twice/, /./, 'request-slots', 'p', '2', '--agents', 'a,a'],
  [
    69,
    /21 slots denied to p \(exceeds-maximum\): needs 21, the machine has 20 slots in total/,
    /ask for 20 or fewer/,
    'request-slots',
    'p',
    '21',
  ],
  [
    69,
    /9 slots denied to small \(project-limit\): small is limited to 8 slots at once/,
    /projects\.small\.max 9$/,
    'request-slots',
    'small',
    '9',
  ],
  [64, /consilio holds 3 slots, cannot release 5/, /3 or fewer/, 'release-slots', 'consilio', '5'],
  [64, /lease L1 of consilio holds 3 slots, cannot release 4/, /./, 'release-slots', 'consilio', '4', '--lease', 'L1'],
  [
    66,
    /the calling process holds no slots of consilio/,
    /its leases: L1 \(3 slots, process \d+ sleep\)/,
    'release-slots',
    'consilio',
  ],
  [66, /no project called conslio/, /did you mean consilio\?/, 'release-slots', 'conslio', '1'],
  [66, /consilio has no lease L99/, /its leases: L1/, 'release-slots', 'consilio', '--lease', 'L99'],
  [64, /--all goes with neither/, /./, 'release-slots', 'consilio', '2', '--all'],
  [66, /no project called nobody/, /known projects: consilio/, 'resource-status', 'nobody'],
  [66, /no queued request has ticket T77/, /the queue is empty/, 'resource-manager', 'cancel', 'T77'],
  [64, /N must be a whole number from 0/, /./, 'set-max', 'many'],
  [64, /whole number from 0 to 100000, got "-1"/, /./, 'set-max', '-1'],
  [64, /unknown command 'stauts'/, /did you mean status\?/, 'resource-manager', 'stauts'],
  [64, /unknown command 'constructor'/, /--help/, 'resource-manager', 'constructor'],
  [64, /cannot set notify to \[\[/, /not changed/, 'resource-manager', 'config', 'set', 'notify', '['.repeat(60_000)],
  [64, /config has no subcommand .sett./, /did you mean set\?/, 'resource-manager', 'config', 'sett', 'a', 'b'],
  [64, /config has no key stratgy/, /did you mean strategy\?/, 'resource-manager', 'config', 'get', 'stratgy'],
  [64, /config has no key stratgy/, /did you mean strategy\?/, 'resource-manager', 'config', 'set', 'stratgy', 'fifo'],
  [
    64,
    /cannot set strategy to fair: strategy: expected fifo, fair-share or priority/,
    /not changed/,
    'resource-manager',
    'config',
    'set',
    'strategy',
    'fair',
  ],
  [
    64,
    /config has no key projects\.p\.wieght/,
    /did you mean projects\.p\.weight\?/,
    'resource-manager',
    'config',
    'set',
    'projects.p.wieght',
    '1',
  ],
  [64, /--wait= has no value/, /variable/, 'request-slots', 'p', '1', '--wait='],
  [64, /--dir has no value/, /variable/, 'request-slots', 'p', '1', '--dir', ''],
  [64, /no command was named/, /--help/, 'resource-manager', '-q'],
  [64, /integrate does not support .cluade./, /did you mean claude\?/, 'resource-manager', 'integrate', 'cluade'],
  [64, /--user and --project exclude each other/, /./, 'resource-manager', 'integrate', 'codex', '--user', '--project'],
  [64, /no completion for .tcsh./, /bash, zsh, fish/, 'resource-manager', 'completion', 'tcsh'],
];

describe('mistakes', () => {
  const CONFIG = 'projects: { small: { max: 8 } }\n';
  it.each(CASES.map((entry) => [entry.slice(3).join(' '), entry] as const))(
    '%s',
    (_name, [status, error, hint, command, ...args]) => {
      const box = sandbox(20, { config: CONFIG });
      box.run('request-slots', ['consilio', '3', '--pid', String(aProcess().pid)]);
      const before = [box.slotsText(), readdirSync(box.dir).sort().join()];
      const result = box.run(command, args);
      expect(result.stderr).toMatch(/^error: [^\n]+\nhint: [^\n]+\n$/);
      expect(result.stderr).toMatch(error);
      expect(/\nhint: (.*)/.exec(result.stderr)?.[1]).toMatch(hint);
      expect(result).toMatchObject({ status, stdout: '' });
      expect([box.slotsText(), readdirSync(box.dir).sort().join()]).toEqual(before);
    },
  );

  it('a holder in the environment is checked too', () => {
    const box = sandbox();
    expect(box.run('request-slots', ['p', '1'], { RESOURCE_MANAGER_HOLDER_PID: 'x' })).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('RESOURCE_MANAGER_HOLDER_PID names no running process'),
    });
    // A stale CLAUDE_PID is no mistake of the person.
    expect(box.run('request-slots', ['p', '1'], { CLAUDE_PID: '999999999' }).status).toBe(0);
  });
});

describe('damaged files', () => {
  it.each([
    ['slots.yaml', 'max_slots: [\n', ['request-slots', 'release-slots', 'set-max', 'resource-status']],
    ['slots.yaml', 'version: 1\nmax_slots: -1\n', ['request-slots', 'resource-status']],
    ['config.yaml', 'strategy: [fifo\n', ['request-slots', 'resource-status']],
    ['config.yaml', 'drain_after: soon\n', ['request-slots']],
  ] as const)('%s with %j is refused with exit 65, and not changed', (file, text, commands) => {
    const box = sandbox();
    writeFileSync(join(box.dir, file), text);
    for (const command of commands) {
      const args = {
        'request-slots': ['p', '1'],
        'release-slots': ['p', '1'],
        'set-max': ['5'],
        'resource-status': [],
      }[command];
      const result = box.run(command, args);
      expect(result).toMatchObject({ status: 65, stdout: '' });
      expect(result.stderr).toMatch(
        new RegExp(`^error: ${join(box.dir, file)}, line \\d+, column \\d+: .+\\nhint: .+\\n$`),
      );
    }
    expect(readFileSync(join(box.dir, file), 'utf8')).toBe(text);
  });

  it('a newer file can be read, and a write is refused with exit 78', () => {
    const box = sandbox(20, { slots: 'version: 9\nmax_slots: 20\nnew_thing: 1\n' });
    expect(box.run('resource-status', []).status).toBe(0);
    expect(box.run('request-slots', ['p', '1'])).toMatchObject({
      status: 78,
      stderr: expect.stringContaining('was written by a newer version (format 9'),
    });
    expect(box.slotsText()).toBe('version: 9\nmax_slots: 20\nnew_thing: 1\n');
  });
});

describe('answers that cannot be written', () => {
  it.runIf(process.platform === 'linux')('exit 74, although the command itself is carried out', () => {
    const box = sandbox();
    const full = openSync('/dev/full', 'w');
    for (const args of [
      ['p', '1'],
      ['p', '1', '--json'],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, [binary('request-slots'), ...args], {
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
        env: cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir }),
      });
      expect(status).toBe(74);
      expect(stderr).toMatch(/^error: cannot write the answer to standard output: .+\nhint: .+\n$/);
    }
    closeSync(full);
    expect(box.json('resource-status', []).answer).toMatchObject({ slots: { used: 2 } });
  });
});

describe('folders', () => {
  it('a state with only its backup left is damaged, not missing', () => {
    const box = sandbox();
    box.run('request-slots', ['p', '3']);
    rmSync(box.slotsPath);
    expect(box.run('request-slots', ['q', '1'])).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('doctor --fix'),
    });
    copyFileSync(`${box.slotsPath}.bak`, box.slotsPath);
    expect(box.json('request-slots', ['q', '1']).answer).toMatchObject({ outcome: 'granted', slots: { used: 4 } });
  });

  it('a text that is not UTF-8 is refused and kept', () => {
    const box = sandbox();
    const bytes = Buffer.concat([
      Buffer.from(`${box.slotsText()}note: "`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"\n'),
    ]);
    writeFileSync(box.slotsPath, bytes);
    expect(box.run('request-slots', ['p', '1'])).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('not UTF-8'),
    });
    expect(readFileSync(box.slotsPath).equals(bytes)).toBe(true);
  });

  it('a project in two spellings is refused, and config set keeps the spelling in the file', () => {
    const box = sandbox(20, { config: 'projects: { Foo: { max: 1 } }\n' });
    box.run('resource-manager', ['config', 'set', 'projects.FOO.max', '3']);
    expect(box.json('resource-manager', ['config', 'get', 'projects']).answer).toMatchObject({
      value: { Foo: { max: 3 } },
    });
    box.config('projects: { Foo: { max: 1 }, foo: { max: 2 } }\n');
    expect(box.run('request-slots', ['foo', '1'])).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('each project once'),
    });
  });

  const inFolder = (dir: string) => sandbox().run('request-slots', ['p', '1', '--dir', dir]);

  it('a missing state is created with one note on standard error', () => {
    const dir = join(temporaryFolder(), 'deep', 'er');
    expect(inFolder(dir)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Granted'),
      stderr: expect.stringMatching(/^note: created [^\n]+\n$/),
    });
    expect(inFolder(dir).stderr).toBe('');
  });

  it('a file in place of the folder is refused with exit 73', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(inFolder(file)).toMatchObject({
      status: 73,
      stderr: expect.stringMatching(/^error: cannot \w+ .+\nhint: .+\n$/),
    });
    expect(inFolder(join(file, 'sub'))).toMatchObject({ status: 73 });
  });

  it('a folder in place of slots.yaml is refused with exit 74', () => {
    const dir = temporaryFolder();
    mkdirSync(join(dir, 'slots.yaml'));
    expect(inFolder(dir)).toMatchObject({
      status: 74,
      stderr: expect.stringMatching(/^error: .+slots\.yaml: it is a folder, not a file\nhint: .+\n$/),
    });
  });

  it('a symbolic link in place of slots.yaml is read and never replaced', () => {
    const box = sandbox();
    renameSync(box.slotsPath, join(box.dir, 'elsewhere.yaml'));
    symlinkSync('elsewhere.yaml', box.slotsPath);
    expect(box.run('resource-status', []).status).toBe(0);
    expect(box.run('request-slots', ['p', '1'])).toMatchObject({
      status: 74,
      stdout: '',
      stderr: expect.stringMatching(/^error: .+symbolic link.+\nhint: .+\n$/),
    });
    expect(lstatSync(box.slotsPath).isSymbolicLink()).toBe(true);
  });

  it('a foreign entry in the lock is named, and replaced after lock_takeover_after', () => {
    const box = sandbox(20, { config: 'lock_wait: 100ms\n' });
    box.run('request-slots', ['p', '1']);
    renameSync(join(box.dir, 'slots.yaml.lock', 'free'), join(box.dir, 'slots.yaml.lock', 'mine'));
    expect(box.run('request-slots', ['p', '1'])).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('not a lock entry: mine'),
    });
    expect(readdirSync(join(box.dir, 'slots.yaml.lock'))).toEqual(['mine']);
    box.config('lock_takeover_after: 10ms\n');
    expect(box.run('request-slots', ['p', '1']).status).toBe(0);
    expect(readdirSync(join(box.dir, 'slots.yaml.lock'))).toEqual(['free']);
  });

  it('a lock with a deleted entry, or without its folder, is created again', () => {
    const box = sandbox();
    box.run('request-slots', ['p', '1']);
    rmSync(join(box.dir, 'slots.yaml.lock', 'free'), { recursive: true });
    expect(box.run('request-slots', ['p', '1']).status).toBe(0);
    rmSync(join(box.dir, 'slots.yaml.lock'), { recursive: true });
    expect(box.run('request-slots', ['p', '1']).status).toBe(0);
    expect(readdirSync(box.dir).sort()).toEqual([
      'config.yaml',
      'history',
      'slots.yaml',
      'slots.yaml.bak',
      'slots.yaml.lock',
    ]);
  });

  it.runIf(process.getuid?.() === 0)('a folder of another user is refused with exit 77', () => {
    const box = sandbox();
    box.run('request-slots', ['p', '1']);
    chmodSync(box.dir, 0o755);
    const holder = aProcess();
    const asNobody = (command: CommandName, args: string[]) =>
      spawnSync(process.execPath, [binary(command), ...args], {
        uid: 65534,
        gid: 65534,
        encoding: 'utf8',
        env: cleanEnvironment({ RESOURCE_MANAGER_DIR: box.dir, HOME: '/nonexistent' }),
      });
    const before = box.slotsText();
    expect(asNobody('request-slots', ['q', '1', '--pid', String(holder.pid)])).toMatchObject({
      status: 77,
      stdout: '',
      stderr: expect.stringMatching(/^error: cannot lock .+: permission denied\nhint: .+--system.*\n$/),
    });
    expect(asNobody('resource-status', []).status).toBe(0);
    expect(box.slotsText()).toBe(before);
  });
});
