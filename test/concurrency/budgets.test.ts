/** Budgets under concurrent processes: sums are exact, no usage exceeds the limit, counts twice or leaks. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identityOf, isAlive, type OwnProcess } from '../helpers/alive.ts';
import { kill, ROOT, type Sandbox, sandbox, temporaryFolder, until } from '../helpers/cli.ts';

interface Budget {
  readonly consumed: { tokens: number };
  readonly reserved: { tokens: number };
  readonly remaining: { tokens: number };
}

const budget = (box: Sandbox, agent: string): Budget =>
  box.json<Budget>('resource-manager', ['budget', 'status', agent]).answer;
const allocate = (box: Sandbox, agent: string, tokens: string): void => {
  expect(box.run('resource-manager', ['budget', 'allocate', agent, '--tokens', tokens]).status).toBe(0);
};

async function atOnce(
  box: Sandbox,
  count: number,
  args: (at: number) => readonly string[],
): Promise<(number | null)[]> {
  const running = Array.from({ length: count }, (_, at) => box.begin('report-usage', args(at)));
  return (await Promise.all(running.map(({ result }) => result))).map(({ status }) => status);
}

describe('a hundred processes on one budget', () => {
  it('are summed exactly', async () => {
    const box = sandbox(4, { config: 'lock_wait: 60s\n' });
    allocate(box, 'odin/auth', '1M');
    const statuses = await atOnce(box, 100, (at) => ['odin/auth', '--tokens', String(100 + at)]);
    expect(statuses.filter((status) => status !== 0)).toEqual([]);
    expect(budget(box, 'odin/auth').consumed.tokens).toBe(100 * 100 + (99 * 100) / 2);
  });

  it('reserve all that the budget has, and no more', async () => {
    const box = sandbox(4, { config: 'lock_wait: 60s\n' });
    allocate(box, 'odin/auth', '1000');
    const statuses = await atOnce(box, 40, (at) => ['odin/auth', '--reserve', '90', '--id', `call-${at}`]);
    expect(statuses.filter((status) => status === 0)).toHaveLength(11);
    expect(statuses.filter((status) => status === 75)).toHaveLength(29);
    expect(budget(box, 'odin/auth')).toMatchObject({ reserved: { tokens: 990 }, remaining: { tokens: 10 } });
  });
});

it('the same id from ten processes counts once', async () => {
  const box = sandbox(4);
  allocate(box, 'a', '1000');
  expect(await atOnce(box, 10, () => ['a', '--tokens', '70', '--id', 'k'])).toEqual(Array(10).fill(0));
  expect(budget(box, 'a').consumed.tokens).toBe(70);
});

describe('kill -9 at every file operation', () => {
  const FAULT = join(ROOT, 'test/helpers/fault.cjs');

  it.each([
    ['reserve', ['--reserve', '500', '--id', 'c'], [0, 500], [500, 0]],
    ['settle', ['--tokens', '300', '--id', 'c'], [0, 500], [300, 0]],
  ] as const)('of a %s leaves it done or not done, and a retry does it once', (_what, args, before, after) => {
    for (let at = 1; ; at += 1) {
      const box = sandbox(4);
      allocate(box, 'a', '1000');
      if (before[1] > 0 && args[0] === '--tokens')
        expect(box.run('report-usage', ['a', '--reserve', '500', '--id', 'c']).status).toBe(0);
      const env = { NODE_OPTIONS: `--require ${FAULT}`, FAULT: JSON.stringify({ at, do: 'kill' }) };
      const { signal } = box.run('report-usage', ['a', ...args], env);
      const { consumed, reserved } = budget(box, 'a');
      expect([consumed.tokens, reserved.tokens]).toSatisfy((now: number[]) =>
        args[0] === '--reserve'
          ? now[0] === 0 && (now[1] === 0 || now[1] === 500)
          : (now[0] === 0 && now[1] === 500) || (now[0] === 300 && now[1] === 0),
      );
      expect(box.run('report-usage', ['a', ...args]).status).toBe(0);
      const again = budget(box, 'a');
      expect([again.consumed.tokens, again.reserved.tokens]).toEqual(args[0] === '--reserve' ? [0, 500] : [...after]);
      if (signal === null) break;
      expect(at).toBeLessThan(100);
    }
  });
});

it('a reservation ends with its holder', async () => {
  const box = sandbox(4);
  allocate(box, 'a', '1000');
  const gate = join(temporaryFolder(), 'gate');
  const holder = box.begin('resource-manager', [
    'run',
    'p',
    '--',
    'sh',
    '-c',
    `while ! [ -e ${gate} ]; do sleep 0.02; done`,
  ]);
  await until('the holder runs', () => /"root"/.test(box.slotsText()));
  const env = { RESOURCE_MANAGER_HOLDER_PID: String(holder.child.pid) };
  expect(box.run('report-usage', ['a', '--reserve', '900', '--id', 'x'], env).status).toBe(0);
  expect(budget(box, 'a').reserved.tokens).toBe(900);
  await kill(holder.child);
  await until('it is free', () => budget(box, 'a').reserved.tokens === 0);
});

describe('an agent that run started', () => {
  it('is ended when its budget is used up, if on_stop is kill', async () => {
    const box = sandbox(4, { config: 'budget: { on_stop: kill }\nmonitor: { grace: 300ms }\n' });
    const file = join(temporaryFolder(), 'pid');
    const script = `setsid sh -c 'echo $$ > ${file}; exec sleep 600' & while ! [ -s ${file} ]; do sleep 0.02; done; exec sleep 600`;
    const words = ['run', 'odin', '--agent', 'auth', '--token-budget', '1k', '--', 'bash', '-c', script];
    const run = box.begin('resource-manager', words);
    await until(
      'it runs',
      () => existsSync(file) && readFileSync(file, 'utf8').trim() !== '' && /"root"/.test(box.slotsText()),
    );
    const escaped = identityOf(Number(readFileSync(file, 'utf8'))) as OwnProcess;
    expect(box.run('report-usage', ['odin/auth', '--tokens', '400']).status).toBe(0);
    expect(box.run('report-usage', ['odin/auth', '--tokens', '600']).stdout).toContain('stop');
    expect((await run.result).status).toBe(143);
    await until('and what had left its tree', () => !isAlive(escaped));
    await until('the slot is back', () => !box.slotsText().includes('"L1"'));
    // The run’s own budget ends with the run; its usage stays counted.
    expect(box.run('resource-manager', ['check', 'odin/auth']).status).toBe(66);
  });

  it('returns its slot at once if it ends on SIGTERM', async () => {
    const box = sandbox(4, { config: 'budget: { on_stop: kill }\n' });
    const words = ['run', 'odin', '--agent', 'auth', '--token-budget', '1k', '--', 'sleep', '600'];
    const run = box.begin('resource-manager', words);
    await until('it runs', () => /"root"/.test(box.slotsText()));
    expect(box.run('resource-manager', ['stop', 'odin/auth', '--reason', 'enough']).status).toBe(0);
    expect((await run.result).status).toBe(143);
    await until('the slot is back', () => !box.slotsText().includes('"L1"'));
  });

  it('gets SIGTERM first, even if its budget is used up right after its start', async () => {
    const box = sandbox(4, { config: 'budget: { on_stop: kill }\n' });
    const script = "trap 'echo asked; exit 7' TERM; echo up; while :; do sleep 0.02; done";
    const words = ['run', 'odin', '--agent', 'auth', '--token-budget', '1k', '--', 'bash', '-c', script];
    const run = box.begin('resource-manager', words);
    await until('it runs', () => run.stdout().includes('up'));
    expect(box.run('report-usage', ['odin/auth', '--tokens', '1000']).stdout).toContain('stop');
    const { status, stdout } = await run.result;
    expect({ status, stdout }).toEqual({ status: 7, stdout: 'up\nasked\n' });
  });

  it('does not start without its budget, and has its name in its environment', () => {
    const box = sandbox(4);
    expect(box.run('resource-manager', ['budget', 'total', '--tokens', '1000']).status).toBe(0);
    const words = (tokens: string) => [
      'run',
      'odin',
      '--agent',
      'x',
      '--token-budget',
      tokens,
      '--',
      'sh',
      '-c',
      'echo $RESOURCE_MANAGER_AGENT',
    ];
    expect(box.run('resource-manager', words('5k')).status).toBe(69);
    expect(box.run('resource-manager', words('500')).stdout).toBe('odin/x\n');
    expect(box.json<{ pool: { tokens: number } }>('resource-manager', ['budget', 'status']).answer.pool.tokens).toBe(
      900,
    );
    expect(box.run('resource-manager', words('much')).status).toBe(64);
  });
});

it('a notify rule gets its events, once per crossing', async () => {
  const output = join(temporaryFolder(), 'told');
  const config = `notify:\n  - { on: [budget-black, granted], command: 'cat >> ${output}' }\n  - { on: budget-red, command: 'exit 1' }\n`;
  const box = sandbox(4, { config });
  allocate(box, 'a', '1000');
  for (const tokens of ['950', '100', '100']) expect(box.run('report-usage', ['a', '--tokens', tokens]).status).toBe(0);
  const lines = await until('it is told', () =>
    existsSync(output) ? readFileSync(output, 'utf8').trim().split('\n') : null,
  );
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { kind: 'budget-black', agent: 'a', from: 'red', to: 'black' },
  ]);
  expect(box.run('resource-manager', ['config', 'set', 'strategy', 'priority']).status).toBe(0);
});
