/** history, report, forecast, efficiency and simulate as commands, on the records of other commands. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Sandbox, sandbox, temporaryFolder } from '../helpers/cli.ts';
import { kept, served, writeHistory } from '../helpers/history.ts';
import { recordedRuns } from '../helpers/runs.ts';
import { NOW } from '../helpers/state.ts';

const DAY = 86_400;
/** Seconds from the fixed time of the tests to now, by which a made-up history becomes recent. */
const toNow = Math.floor((Date.now() - NOW) / 1000);

/** A state with requests, releases and usage in its history. */
function lived() {
  const box = sandbox(6);
  box.run('request-slots', ['consilio', '4', '--detached', '--agents', 'auth,api']);
  box.run('request-slots', ['odin', '4', '--detached']);
  box.run('request-slots', ['odin', '9', '--no-queue', '--detached']);
  box.run('release-slots', ['consilio', '--all']);
  box.run('request-slots', ['odin', '4', '--detached']);
  box.run('resource-manager', ['budget', 'allocate', 'odin/auth', '--tokens', '10k']);
  for (let call = 0; call < 6; call += 1) box.run('report-usage', ['odin/auth', '--tokens', String(500 + 200 * call)]);
  return box;
}

describe('history', () => {
  const historyOf = (box: Sandbox, args: readonly string[]) =>
    box.json<{ records: { kind: string }[]; count: number }>('resource-manager', ['history', ...args]).answer;

  it('lists the effects of commands in order', () => {
    const box = lived();
    const kinds = (args: readonly string[]) => historyOf(box, args);
    expect(kinds([]).records.map(({ kind }) => kind)).toEqual(
      [
        'granted',
        'queued',
        'denied',
        'released',
        'offered',
        'waiting',
        'granted',
        'budget-allocate',
        ...Array.from({ length: 5 }, () => 'usage'),
        'budget',
        'usage',
      ].map((kind) => expect.stringMatching(kind)),
    );
    expect(kinds(['consilio']).records.map(({ kind }) => kind)).toEqual(['granted', 'released']);
    expect(kinds(['odin/auth', '--kind', 'usage', '--last', '2'])).toMatchObject({
      count: 6,
      records: [{ tokens: 1300 }, { tokens: 1500 }],
    });
  });

  it('is also available as CSV and as a screen', () => {
    const box = lived();
    const csv = box.run('resource-manager', ['history', '--csv', '--kind', 'granted']).stdout.trim().split('\n');
    expect(csv).toHaveLength(3);
    expect(csv[0]).toContain('at,kind,project');
    const screen = box.run('resource-manager', ['history']).stdout;
    expect(screen).toContain('4 slots granted');
    expect(screen).toMatch(/slots +[▁▂▃▄▅▆▇█ ]+ +now \d/);
  });

  it('refuses wrong options with a reason', () => {
    const box = sandbox();
    for (const [args, message] of [
      [['--since', 'tomorrow'], '--since must be a duration or an instant'],
      [['--since', '1h', '--until', '2h'], '--since must be before --until'],
      [['--csv', '--json'], 'two answers'],
      [['--last', '0'], '--last must be a whole number'],
    ] as const) {
      const { status, stdout, stderr } = box.run('resource-manager', ['history', ...args]);
      expect(status).toBe(64);
      expect(stdout + stderr).toContain(message);
    }
  });

  it('skips a half-written line', () => {
    const box = lived();
    const folder = join(box.dir, 'history');
    const [day] = readdirSync(folder);
    const path = join(folder, day as string);
    const before = historyOf(box, []).count;
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"at":"2026-`);
    expect(historyOf(box, []).count).toBe(before);
  });
});

it('the history keeps no more than config.yaml allows', () => {
  const box = sandbox(6, { config: 'history: { keep: 2d }\n' });
  writeHistory(box.dir, [...served(-9 * DAY + toNow, 'old', 1, 0, 10), ...served(-DAY + toNow, 'new', 1, 0, 10)]);
  box.run('request-slots', ['consilio', '1', '--detached']);
  const { records } = box.json<{ records: { project: string }[] }>('resource-manager', [
    'history',
    '--since',
    '30d',
  ]).answer;
  expect(records.map(({ project }) => project)).toEqual(['new', 'new', 'new', 'consilio']);
  expect(sandbox(6, { config: 'history: { kept: 2d }\n' }).run('resource-status', []).status).toBe(65);
});

describe('forecast', () => {
  it('of an agent is made from its reports, and recorded once', () => {
    const box = lived();
    const { status, answer } = box.json('resource-manager', ['forecast', 'odin/auth']);
    expect(status).toBe(0);
    expect(answer).toMatchObject({
      agent: 'odin/auth',
      dimension: 'tokens',
      method: 'growth-per-call',
      dimensions: [{ dimension: 'tokens', share_used: 0.6, left: 4000, calls_seen: 6 }],
    });
    box.run('resource-manager', ['forecast', 'odin/auth']);
    const kept = box.json<{ count: number }>('resource-manager', ['history', '--kind', 'forecast']).answer;
    expect(kept.count).toBe(1);
    // The agent spends the rest, which judges the forecast.
    box.run('report-usage', ['odin/auth', '--tokens', '5000']);
    expect(box.json('resource-manager', ['forecast', 'odin/auth']).answer).toMatchObject({
      will_exceed: true,
      score: { made: 1, judged: 1 },
    });
  });

  it('of recorded runs reports its accuracy', () => {
    const { status, answer } = sandbox().json<{ runs: number; points: unknown[] }>('resource-manager', [
      'forecast',
      '--backtest',
      recordedRuns(),
    ]);
    expect(status).toBe(0);
    expect(answer.runs).toBe(4);
    expect(answer.points).toHaveLength(8);
  });

  it('refuses wrong words with a reason', () => {
    const box = sandbox();
    const broken = temporaryFolder();
    writeFileSync(join(broken, 'run.jsonl'), '{"t": 0, "input_tokens": 5}\n{"t": "x"}\n');
    for (const [args, exit, message] of [
      [[], 64, 'forecast needs an agent'],
      [['nobody'], 66, 'no agent called nobody'],
      [['a', '--backtest', broken], 64, 'not an agent'],
      [['--backtest', broken], 65, 'run.jsonl, line 2: it has no time t'],
      [['--backtest', temporaryFolder()], 66, 'there are no recorded runs'],
      [['--backtest', join(broken, 'nowhere')], 74, 'nowhere'],
    ] as const) {
      const { status, stderr } = box.run('resource-manager', ['forecast', ...args]);
      expect({ args, status, stderr }).toEqual({ args, status: exit, stderr: expect.stringContaining(message) });
    }
  });
});

describe('a budget that was exceeded', () => {
  const overrunsIn = (box: Sandbox) => box.json<{ overruns: object[] }>('resource-manager', ['report']).answer.overruns;
  const page = (box: Sandbox) => box.run('resource-manager', ['report', '--html', '-']).stdout;

  it('is reported after the budget is raised or released', () => {
    const box = sandbox(4);
    box.run('resource-manager', ['budget', 'allocate', 'p/b', '--tokens', '1k']);
    expect(page(box)).toContain('No agent exceeded its budget.');
    box.run('report-usage', ['p/b', '--tokens', '5k']);
    const want = [{ agent: 'p/b', dimension: 'tokens', allocated: 1000, consumed: 5000 }];
    const change = (...words: string[]) => box.run('resource-manager', ['budget', ...words]);
    for (const words of [['status'], ['allocate', 'p/b', '--tokens', '9k'], ['release', 'p/b']]) {
      change(...words);
      expect(overrunsIn(box)).toEqual(want);
      expect(box.run('resource-manager', ['report']).stdout).toContain(
        'p/b exceeded its budget: 5k tokens of 1k tokens',
      );
      expect(page(box)).not.toContain('No agent exceeded its budget.');
    }
    expect(box.run('resource-manager', ['history', '--kind', 'overrun']).stdout).toContain(
      'exceeded its budget: 5k tokens of 1k tokens',
    );
  });
});

describe('the reason of a wait', () => {
  it('is in the records of the request, with each of its changes', () => {
    const box = sandbox(4);
    const manager = (...words: string[]) => box.run('resource-manager', words);
    box.run('request-slots', ['a', '4', '--detached']);
    box.run('request-slots', ['odin', '2', '--detached']);
    manager('set-max', '0');
    manager('set-max', '4');
    box.run('release-slots', ['a', '--all']);
    box.run('request-slots', ['odin', '2', '--detached']);
    const { records } = box.json<{ records: Record<string, unknown>[] }>('resource-manager', ['history']).answer;
    const waits = records.filter(({ kind, project }) => project === 'odin' && kind !== 'offered');
    expect(waits.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['queued', 'insufficient-slots'],
      ['waiting', 'paused'],
      ['waiting', 'insufficient-slots'],
      ['waiting', null],
      ['granted', undefined],
    ]);
    expect(manager('history', '--kind', 'waiting').stdout).toContain('waits: the pool was paused');
  });
});

describe('report and efficiency', () => {
  it('sum up usage and slots', () => {
    const box = lived();
    const { answer } = box.json<{ agents: unknown[]; projects: unknown[] }>('resource-manager', ['report']);
    expect(answer.agents).toMatchObject([
      { agent: 'odin/auth', reports: 6, consumed: { tokens: 6000 }, status: 'yellow' },
    ]);
    expect(answer.projects).toMatchObject([
      { project: 'odin', grants: 1 },
      { project: 'consilio', grants: 1 },
    ]);
    expect(box.json('resource-manager', ['efficiency', 'ODIN/auth']).answer).toMatchObject({
      agent: 'odin/auth',
      used: { tokens: 0.6 },
      reports: 6,
    });
    expect(box.run('resource-manager', ['report', 'nowhere']).status).toBe(66);
    expect(box.run('resource-manager', ['efficiency', 'nobody']).status).toBe(66);
    expect(box.run('resource-manager', ['report', 'default']).stdout).toContain('odin/auth');
  });

  it('take no figure from the typed reason of a person', () => {
    const box = sandbox(5);
    box.run('request-slots', ['consilio', '1', '--detached']);
    box.run('resource-kill', ['consilio', '-y', '--reason', 'budget: I only typed this']);
    const { answer } = box.json<{ metrics: object }>('resource-manager', ['report']);
    expect(answer.metrics).toMatchObject({ responsiveness: { value: null, met: null } });
    const { records } = box.json<{ records: object[] }>('resource-manager', ['history', '--kind', 'ending']).answer;
    expect(records).toMatchObject([{ why: 'budget: I only typed this', by: 'person' }]);
  });
});

describe('simulate', () => {
  const records = [
    ...Array.from({ length: 8 }, (_, at) => served(-3600 + toNow + at, 'consilio', 2, 0, 600)).flat(),
    ...served(-3500 + toNow, 'odin', 1, 0, 60),
  ];

  it('serves the requests of a history again, its own or another', () => {
    const box = sandbox(4);
    writeHistory(box.dir, records);
    const { answer } = box.json<{ variants: { strategy: string; served: number; current: boolean }[] }>(
      'resource-manager',
      ['simulate'],
    );
    expect(answer.variants.map(({ strategy, served: count, current }) => [strategy, count, current])).toEqual([
      ['fifo', 9, true],
      ['fair-share', 9, false],
      ['priority', 9, false],
    ]);
    const other = sandbox(9);
    const wide = other.json<{ variants: { max_slots: number; waited_seconds: { mean: number } }[] }>(
      'resource-manager',
      ['simulate', '--from', join(box.dir, 'history'), '--strategy', 'priority', '--max', '50'],
    ).answer;
    expect(wide.variants.map(({ max_slots, waited_seconds }) => [max_slots, waited_seconds.mean > 0])).toEqual([
      [9, true],
      [50, false],
    ]);
  });

  it('refuses wrong words with a reason', () => {
    const box = sandbox(4);
    mkdirSync(join(box.dir, 'empty'));
    for (const [args, exit, message] of [
      [[], 66, 'no requests in that time'],
      [['--from', join(box.dir, 'empty')], 66, 'there is no history in'],
      [['--strategy', 'fair'], 64, 'does not accept "fair"'],
      [['--max', 'many'], 64, '--max must be a whole number'],
    ] as const) {
      const { status, stderr } = box.run('resource-manager', ['simulate', ...args]);
      expect({ args, status, stderr }).toEqual({ args, status: exit, stderr: expect.stringContaining(message) });
    }
  });
});

it('a record of an unknown kind is shown as JSON', () => {
  const box = sandbox(4);
  writeHistory(box.dir, [kept(toNow - 60, 'unheard-of', { project: 'p', detail: 7 })]);
  expect(box.run('resource-manager', ['history']).stdout).toContain('{"detail":7}');
});
