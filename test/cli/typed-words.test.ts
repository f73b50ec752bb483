/** What is typed is used or refused: amounts, options of other subcommands, unknown names and keys. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CommandSpec, GLOBAL_OPTIONS } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { parse } from '../../src/cli/parse.ts';
import { type CommandName, sandbox } from '../helpers/cli.ts';

type Line = readonly [CommandName, ...string[]];

describe('refused with 64, without a change', () => {
  const rows: readonly (readonly [error: RegExp, ...line: Line])[] = [
    [/--tokens must be a number of tokens/, 'resource-manager', 'budget', 'allocate', 'a/b', '--tokens', '50.000'],
    [/--cost must be US dollars/, 'resource-manager', 'budget', 'allocate', 'a/b', '--cost', '1,50'],
    [/--time must be a duration/, 'report-usage', 'a/b', '--time', '1,5h'],
    [/--reserve cannot read "1,5M"/, 'report-usage', 'a/b', '--reserve', '1,5M'],
    [/--reserve cannot read "\$1,50"/, 'report-usage', 'a/b', '--reserve', '$1,50'],
    [/--reserve cannot read/, 'report-usage', 'a/b', '--reserve', 'cost=0,10'],
    [/--reserve cannot read/, 'report-usage', 'a/b', '--reserve', 'tokens=1,tokens=2'],
    [/--progress must be from 0 to 100/, 'report-usage', 'a/b', '--progress', '50,5'],
    [/--memory must be a size/, 'resource-manager', 'run', 'p', '--memory', '1,5G', '--', 'true'],
    [/--memory must be a size/, 'resource-manager', 'run', 'p', '--memory', '600.000', '--', 'true'],
    [
      /with a unit, got 2\nhint: write it like --memory 2G$/m,
      'resource-manager',
      'run',
      'p',
      '--memory',
      '2',
      '--',
      'true',
    ],
    [/write it like --memory 600M$/m, 'resource-manager', 'run', 'p', '--memory=600', '--', 'true'],
    [/write it like --memory 50M$/m, 'resource-manager', 'run', 'p', '--memory', '52428800', '--', 'true'],
    [/--memory must be a size, got "0"/, 'resource-manager', 'run', 'p', '--memory', '0', '--', 'true'],
    [/expected a size like 600M or 2G/, 'resource-manager', 'config', 'set', 'slot_memory', '600'],
    [/"a=1,5" has no weight/, 'resource-manager', 'budget', 'proportional', 'a=1,5', '--tokens', '5k'],
    [/whole number/, 'set-max', '1.000'],
    [/whole number/, 'resource-manager', 'history', '--last', '1.000'],
    [/expected a whole number/, 'resource-manager', 'config', 'set', 'audit.tolerance_tokens', '50.000'],
    [/expected a size/, 'resource-manager', 'config', 'set', 'slot_memory', '600.000'],
    [/--rate must be above 0/, 'resource-manager', 'throttle', 'a/b', '--rate', '0,5'],
    [/--rate must be above 0/, 'resource-manager', 'throttle', 'a/b', '--rate', '0%'],
    [/throttle needs --rate/, 'resource-manager', 'throttle', 'a/b'],
    [/--tokens is given twice/, 'report-usage', 'a/b', '--tokens', '5', '--tokens', '6'],
    [
      /--zone has no effect with a --per that is a duration/,
      'resource-manager',
      'budget',
      'allocate',
      'a/b',
      '--tokens=5k',
      '--per=5h',
      '--zone=UTC',
    ],
    [/exists already, with 20 slots/, 'resource-manager', 'init', '--max', '9'],
    [/run has no subcommands/, 'resource-manager', 'help', 'run', 'x'],
    [/budget has no subcommand 'totl'\nhint: did you mean total/, 'resource-manager', 'help', 'budget', 'totl'],
    [/expected 2, got 3/, 'resource-manager', 'help', 'budget', 'total', 'x'],
    [/unknown option '--bogus'/, 'resource-manager', 'help', 'run', '--bogus'],
    [/above 0, at most 1, got 0/, 'resource-manager', 'config', 'set', 'budget.throttle_rate', '0%'],
    [/expected a number, got "5%"/, 'resource-manager', 'config', 'set', 'projects.x.weight', '5%'],
    [
      /notify\[0\]\.comand: expected one of on, command/,
      'resource-manager',
      'config',
      'set',
      'notify',
      '[{ on: granted, comand: "x" }]',
    ],
    [/budget status has no option --zone/, 'resource-manager', 'budget', 'status', '--zone', 'UTC'],
    [/budget release has no option --tokens/, 'resource-manager', 'budget', 'release', 'a/b', '--tokens', '5'],
    [/budget borrow has no option --workflow/, 'resource-manager', 'budget', 'borrow', 'a/b', '--workflow', 'w'],
    [/budget total has no option --dry-run/, 'resource-manager', 'budget', 'total', '--tokens', '5k', '-n'],
    [/--workflow and an agent/, 'resource-manager', 'budget', 'status', 'a/b', '--workflow', 'w'],
    [
      /config set has no option --show-origin/,
      'resource-manager',
      'config',
      'set',
      'strategy',
      'fifo',
      '--show-origin',
    ],
    [/service status has no option --dry-run/, 'resource-manager', 'service', 'status', '-n'],
    [/one look has no --interval/, 'resource-manager', 'top', '--once', '--interval', '1s'],
    [/does one round and has no --interval/, 'resource-manager', 'monitor', '--once', '--interval', '1s'],
    [/--agent takes one name/, 'resource-manager', 'run', 'p', '--agent', 'a,b', '--', 'true'],
    [/--reason has no value: --dry-run follows it/, 'resource-kill', 'p', '-y', '--reason', '--dry-run'],
    [/--grace has no value: -n follows it/, 'resource-kill', 'p', '-y', '--grace', '-n'],
    [/--agents has no value: --min=1 follows it/, 'request-slots', 'p', '2', '--agents', '--min=1'],
    [/--dir has no value: -q follows it/, 'resource-status', '--dir', '-q'],
    [/--phase has no value/, 'report-usage', 'a/b', '--phase', ' '],
    [/--reason must be one line/, 'resource-kill', 'p', '-y', '--reason', 'two\nlines'],
    [/--reason must be one line/, 'resource-manager', 'stop', 'a/b', '--reason', 'x'.repeat(201)],
    [/--grace must be a duration/, 'resource-manager', 'reap', '-n', '--grace', 'soon'],
    [/--mark names one run/, 'resource-manager', 'reap', '-n', '--machine', '--mark', 'm'],
    [/"50%" is not an agent/, 'resource-manager', 'run', 'p', '--agent', '50%', '--token-budget', '5', '--', 'true'],
    [/--since must be in the past/, 'resource-manager', 'report', '--since', '2099-01-01'],
    [/--since must be in the past/, 'resource-manager', 'audit', '--since', '0s'],
    [/--since must be in the past/, 'resource-manager', 'simulate', '--since', 'now'],
    [/--since must be in the past/, 'resource-manager', 'history', '--since', '2099-01-01'],
    [/statusline does not accept 'x'/, 'resource-manager', 'statusline', 'x'],
    [/--kind does not accept "nosuch"/, 'resource-manager', 'history', '--kind', 'nosuch'],
    [/--kind does not accept ""/, 'resource-manager', 'history', '--kind', 'killed,'],
  ];
  it.each(rows)('%s', (error, ...line) => {
    const [command, ...args] = line as unknown as Line;
    const box = sandbox();
    const before = readFileSync(box.slotsPath, 'utf8');
    const { status, stderr, stdout } = box.run(command, args);
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(error);
    expect(stderr).toMatch(/^hint: ./m);
    expect(readFileSync(box.slotsPath, 'utf8')).toBe(before);
  });
});

describe('accepted', () => {
  it.each<Line>([
    ['resource-manager', 'budget', 'allocate', 'c/d', '--cost', '.5'],
    ['resource-manager', 'throttle', 'a/b', '--rate', '50%'],
    ['resource-manager', 'throttle', 'a/b', '--rate', '.5'],
    ['report-usage', 'a/b', '--progress', '62.5%', '--time', '5min'],
    ['report-usage', 'a/b', '--reserve', 'tokens=5k,cost=.10,time=30s'],
    ['resource-manager', 'stop', 'a/b', '--reason=--dry-run'],
    ['resource-manager', 'history', '--since', '1w', '--until', 'now'],
    ['resource-manager', 'history', '--since', 'yesterday'],
    ['resource-manager', 'report', '--since', 'today'],
    ['request-slots', 'p', '1', '--detached', '--ttl', '1w'],
    ['request-slots', 'p', '--wait', '5min', '1', '--detached'],
    ['resource-manager', 'config', 'set', 'drain_after', '1w'],
    ['resource-manager', 'config', 'get', 'budget.on_stop'],
    ['resource-manager', 'config', 'set', 'budget.thresholds.yellow', '55%'],
    ['resource-manager', 'config', 'set', 'budget.hysteresis', '.04'],
    ['resource-manager', 'config', 'set', 'budget.throttle_rate', '40%'],
    ['resource-manager', 'help', 'budget', 'total'],
    ['resource-manager', 'help', 'run', '--no-color'],
    ['resource-manager', 'init', '--max', '20'],
    ['resource-manager', 'top', '--json'],
    ['resource-manager', 'completion', 'zsh', '--json'],
  ])('%s %s %s %s %s %s %s', (...line) => {
    const [command, ...args] = line as unknown as Line;
    const box = sandbox();
    box.run('resource-manager', ['budget', 'allocate', 'a/b', '--tokens', '50k', '--time', '1h', '--cost', '5']);
    expect(box.run(command, args)).toMatchObject({ status: 0 });
  });
});

describe('a name that history does not know', () => {
  it('exits 66 with the known names, and a known one without events exits 0', () => {
    const box = sandbox();
    const history = (...args: string[]) => box.run('resource-manager', ['history', ...args]);
    expect(history('nosuch').stderr).toContain('hint: no project has asked for slots yet');
    box.run('request-slots', ['consilio', '1', '--detached', '--agents', 'auth']);
    box.run('release-slots', ['consilio', '--all']);
    box.run('resource-manager', ['budget', 'allocate', 'odin/web', '--tokens', '5k']);
    for (const form of [[], ['--json'], ['--csv']]) expect(history('nosuch', ...form).status).toBe(66);
    expect(history('nosuch').stderr).toMatch(/hint: known projects and agents: consilio, odin\/web/);
    expect(history('consilo').stderr).toContain('hint: did you mean consilio?');
    for (const name of ['consilio', 'CONSILIO', 'odin', 'odin/web']) expect(history(name).status).toBe(0);
    expect(history('consilio', '--kind', 'killed').status).toBe(0);
    expect(history('--kind', 'killd').stderr).toContain('hint: did you mean killed?');
  });
});

it('a setting that is not in the file is listed', () => {
  const { stdout } = sandbox().run('resource-manager', ['config', 'list']);
  expect(stdout).toMatch(/^monitor\.cpu_pressure_percent = 60$/m);
});

describe('a misspelled key', () => {
  it('in config.yaml is named by doctor, config list and status, with the key that is meant', () => {
    const box = sandbox(9, { config: 'strateggy: fifo\n' });
    for (const args of [['doctor'], ['config', 'list'], ['status']]) {
      const { stdout, stderr } = box.run('resource-manager', args);
      expect(`${stdout}${stderr}`).toContain('no setting and has no effect: strateggy');
      expect(`${stdout}${stderr}`).toContain('did you mean strategy?');
    }
    box.config('on_stop: kill\nmax_slots: 5\n');
    const { stderr } = box.run('resource-manager', ['config', 'list']);
    expect(stderr).toContain('on_stop: did you mean budget.on_stop?; max_slots: the size of the pool is no setting');
    box.config('strategy: fifo\n');
    expect(box.run('resource-status', []).stderr).toBe('');
  });

  it('below a section, and a percentage above 100, are refused with the line', () => {
    const box = sandbox();
    box.config('budget: { on_stopp: kill }\n');
    expect(box.run('resource-status', [])).toMatchObject({
      status: 65,
      stderr: expect.stringMatching(/config\.yaml, line 1, column \d+: budget\.on_stopp/),
    });
    box.config('');
    writeFileSync(
      join(box.dir, 'slots.yaml'),
      'version: 1\nmax_slots: 5\nvm_limits:\n  max_cpu_percent: 101\nleases: []\nqueue: []\n',
    );
    expect(box.run('resource-status', [])).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('vm_limits.max_cpu_percent: expected a percentage from 0 to 100, got 101'),
    });
  });
});

it('config set writes a typed share as the number that it is', () => {
  const box = sandbox();
  const set = (key: string, text: string) => box.run('resource-manager', ['config', 'set', key, text]).stdout.trim();
  expect(set('budget.thresholds.yellow', '55%')).toBe('budget.thresholds.yellow = 0.55');
  expect(set('budget.thresholds.black', '1.2')).toBe('budget.thresholds.black = 1.2');
  expect(set('budget.reserve_percent', '12.5%')).toBe('budget.reserve_percent = 12.5');
  expect(set('projects.x.weight', '.5')).toBe('projects.x.weight = 0.5');
  expect(readFileSync(join(box.dir, 'config.yaml'), 'utf8')).toContain('yellow: 0.55');
});

describe('a key of slots.yaml that is almost ours', () => {
  const slots = (more: string, limits = '\n  max_cpu_percent: 85') =>
    `version: 1\nmax_slots: 5\nvm_limits:${limits}\n${more}leases: []\nqueue: []\n`;
  const place = (text: string) => {
    const box = sandbox();
    writeFileSync(box.slotsPath, text);
    return box;
  };

  it.each([
    ['max_slot: 9\n', 'max_slot', 'did you mean max_slots?'],
    ['vm_limit: { max_cpu_percent: 80 }\n', 'vm_limit', 'did you mean vm_limits?'],
    ['max_load_average: 8\n', 'max_load_average', 'did you mean vm_limits.max_load_average?'],
    ['strategy: fifo\n', 'strategy', 'strategy is a setting of config.yaml; move it there'],
  ])('%j is named by doctor and status, and survives', (line, key, hint) => {
    const box = place(slots(line));
    for (const args of [['doctor'], ['status']]) {
      const { stdout, stderr } = box.run('resource-manager', args);
      expect(`${stdout}${stderr}`).toContain(`slots.yaml has 1 key that is no setting and has no effect: ${key}\n`);
      expect(`${stdout}${stderr}`).toContain(hint);
    }
    expect(box.run('set-max', ['7']).status).toBe(0);
    expect(readFileSync(box.slotsPath, 'utf8')).toContain(line);
  });

  it.each([
    ['\n  max_cpu: 80', 'did you mean vm_limits.max_cpu_percent?'],
    ['\n  max_load_avg: 8', 'did you mean vm_limits.max_load_average?'],
    [' { load: 8 }', 'limits: vm_limits.max_cpu_percent, vm_limits.max_memory_percent, '],
  ])('among the limits: %j', (limits, hint) => {
    expect(place(slots('', limits)).run('resource-status', []).stderr).toContain(hint);
  });

  it('is none of a user’s own, nor of ours', () => {
    const own = 'owner: me\nnotes: { a: 1 }\ncolour: 5\nnext_id: 4\nsessions: []\nbudgets: []\nmonitor: null\n';
    expect(place(slots(own)).run('resource-status', []).stderr).toBe('');
  });

  it('with a decimal comma is refused with its line', () => {
    const { status, stderr } = place(slots('', ' { max_load_average: 1,5 }')).run('request-slots', ['p', '1']);
    expect([status, stderr]).toEqual([
      65,
      expect.stringMatching(/slots\.yaml, line 3, column \d+: vm_limits: expected a point before a fraction.*",5"/),
    ]);
  });
});

it('no option of any command takes a blank value', async () => {
  const rows = await Promise.all(
    Object.entries<{ load: () => Promise<{ spec: CommandSpec }> }>(COMMANDS).map(async ([name, { load }]) => ({
      name,
      ...(await load()),
    })),
  );
  const blanks = rows.flatMap(({ name, spec }) =>
    [...spec.options, ...GLOBAL_OPTIONS]
      .filter((option) => option.value !== undefined && !option.optionalValue)
      .flatMap((option) => ['', ' ', '\t'].map((text) => ({ name, spec, words: [`--${option.name}`, text] }))),
  );
  expect(blanks.length).toBeGreaterThan(150);
  for (const { name, spec, words } of blanks)
    await expect(parse(spec, words, [], name), `${name} ${words.join(' ')}`).rejects.toThrow(/has no value/);
});

it('the history ends now, even if a later end is typed', () => {
  const { stdout } = sandbox().run('resource-manager', ['history', '--until', '2099-01-01']);
  expect(stdout).toMatch(/^\S* +History of 24 hours until 20/u);
});
