/** report-usage --from-claude, and the monitor that counts by itself, in a temporary home. */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { workOf } from '../../../src/core/usage/attribution.ts';
import { sandbox, temporaryFolder, until } from '../../helpers/cli.ts';
import { expectSchema } from '../../helpers/schema.ts';
import { aLine } from '../../helpers/transcripts.ts';

const AGENT = 'app/session-1a2b3c4d';
const SESSION = '1a2b3c4d-0000-4000-8000-000000000000';

function aMachine(config = '') {
  const box = sandbox(4, { config });
  const home = temporaryFolder();
  const folder = join(home, 'projects', '-w-app');
  mkdirSync(folder, { recursive: true });
  const env = { CLAUDE_CONFIG_DIR: home, HOME: home };
  return {
    ...box,
    env,
    /** Adds a response of now, or of some seconds later. */
    say: (id: string, tokens: number, seconds = 0, more: Record<string, unknown> = {}) =>
      appendFileSync(
        join(folder, `${SESSION}.jsonl`),
        `${JSON.stringify(
          aLine({
            id,
            sessionId: SESSION,
            timestamp: new Date(Date.now() + seconds * 1000).toISOString(),
            usage: { output_tokens: tokens },
            ...more,
          }),
        )}\n`,
      ),
    allocate: () => box.run('resource-manager', ['budget', 'allocate', AGENT, '--tokens', '1k']),
    count: (...args: string[]) => {
      const result = box.json<{ agents: { agent: string; counted: { tokens: number } }[] }>(
        'report-usage',
        ['--from-claude', ...args],
        env,
      );
      if (result.status === 0) expectSchema('report-usage-from-claude', result.answer);
      return result;
    },
    used: (agent = AGENT) =>
      box.json<{ consumed: { tokens: number; cost: number } }>('resource-manager', ['budget', 'status', agent]).answer
        .consumed,
    counted: () => {
      const own = readdirSync(box.dir).find((name) => name.startsWith('transcripts-')) as string;
      return join(box.dir, own, 'counted.json');
    },
  };
}

it('counts each response once, and a growing one by its growth', () => {
  const machine = aMachine();
  machine.say('m0', 900, -60);
  machine.allocate();
  machine.say('m1', 3);
  expect(machine.count().answer.agents).toMatchObject([{ agent: AGENT, counted: { tokens: 3 }, status: 'green' }]);
  expect(machine.count().answer.agents).toEqual([]);
  machine.say('m1', 410);
  machine.say('m2', 300);
  expect(machine.count(AGENT).answer.agents).toMatchObject([{ counted: { tokens: 707 }, status: 'yellow' }]);
  expect(machine.used()).toMatchObject({ tokens: 710, cost: 0.01775 });
  expect(machine.run('report-usage', ['--from-claude'], machine.env).stdout).toContain(
    'No new usage of agents with a budget',
  );
});

it('counts once after a kill between the order and its record', () => {
  const machine = aMachine();
  machine.allocate();
  machine.say('m1', 100);
  machine.count();
  const done = JSON.parse(readFileSync(machine.counted(), 'utf8')) as { counted: Record<string, unknown>[] };
  const [last] = done.counted;
  // The file as it was after the order was given and before it was recorded as done.
  const id = `transcripts ${last?.begunAt} 0 0`;
  const pending = { tokens: last?.tokens, costMicroUsd: last?.costMicroUsd, id };
  writeFileSync(
    machine.counted(),
    JSON.stringify({ version: 1, counted: [{ ...last, tokens: 0, costMicroUsd: 0, pending }] }),
  );
  machine.say('m2', 50);
  expect(machine.count().answer.agents).toMatchObject([{ counted: { tokens: 50 } }]);
  expect(machine.used()).toMatchObject({ tokens: 150 });
});

it.each(['1e308', '1e16', '1e10'])('a line with %s tokens stops no counting, and is named', (figure) => {
  const machine = aMachine();
  machine.allocate();
  machine.say('m1', 30);
  machine.say('odd', 0, 0, { usage: { input_tokens: Number(figure), output_tokens: 0 } });
  machine.say('m2', 200);
  const { status, answer } = machine.count();
  expect({ status, answer }).toMatchObject({
    status: 0,
    answer: { agents: [{ agent: AGENT, counted: { tokens: 230 } }], transcripts: { unparsed_lines: 1 } },
  });
  expect(machine.used()).toMatchObject({ tokens: 230 });
  machine.say('m3', 7);
  expect(machine.count().answer.agents).toMatchObject([{ counted: { tokens: 7 } }]);
});

it('creates budgets only with --all', () => {
  const machine = aMachine();
  machine.say('m1', 100, -60);
  expect(machine.count().answer.agents).toEqual([]);
  expect(machine.count(AGENT).status).toBe(66);
  const agent = `app/${workOf(SESSION, null)}`;
  expect(machine.count('--all').answer.agents).toMatchObject([{ agent, counted: { tokens: 100 } }]);
  expect(machine.count('--all').answer.agents).toEqual([]);
  expect(machine.used(agent)).toMatchObject({ tokens: 100 });
});

it.each([
  [['--from-claude', '--tokens', '5'], 'not from --tokens'],
  [['--from-claude', AGENT, '--all'], 'leave the agent out'],
  [['a', '--all', '--tokens', '5'], '--from-claude'],
  [['--tokens', '5'], 'needs an agent'],
])('refuses %j', (args, want) => {
  const { status, stderr } = aMachine().run('report-usage', args);
  expect(status).toBe(64);
  expect(stderr).toContain(want);
});

it('is done by the monitor with claude.watch', async () => {
  const machine = aMachine('claude: { watch: true }\n');
  machine.allocate();
  machine.say('m1', 100);
  const monitor = machine.begin('resource-manager', ['monitor', '--interval', '100ms'], machine.env);
  await until(
    () => `it counts: ${monitor.stdout()}`,
    () => monitor.stdout().includes(`counted for ${AGENT}: 100 tokens`),
  );
  expect(machine.used()).toMatchObject({ tokens: 100 });
});

it('is done by the monitor between two samples, and ends with it', async () => {
  const machine = aMachine('claude: { watch: true }\n');
  machine.allocate();
  machine.say('m0', 1);
  const monitor = machine.begin('resource-manager', ['monitor', '--interval', '1h'], machine.env);
  const counts = (text: string) =>
    until(
      () => `it counts: ${monitor.stdout()}${monitor.stderr()}`,
      () => monitor.stdout().includes(`counted for ${AGENT}: ${text}`),
    );
  await counts('1 token');
  for (const [id, tokens] of [
    ['m1', 100],
    ['m2', 250],
  ] as const) {
    machine.say(id, tokens);
    await counts(`${tokens} tokens`);
  }
  expect(machine.used()).toMatchObject({ tokens: 351 });
  monitor.child.kill('SIGTERM');
  expect((await monitor.result).status).toBe(0);
  expect(readdirSync(join(dirname(machine.counted()), 'counting.lock'))).toEqual(['free']);
});

it('is done by monitor --once, except in a dry run', () => {
  const machine = aMachine('claude: { watch: true }\n');
  machine.allocate();
  machine.say('m1', 100);
  const round = (...more: string[]) =>
    machine.run('resource-manager', ['monitor', '--once', ...more], machine.env).stdout.match(/counted for .*/g);
  expect(round('--dry-run')).toBeNull();
  expect(machine.used()).toMatchObject({ tokens: 0 });
  expect(round()).toEqual([expect.stringContaining('100 tokens')]);
  expect(round()).toBeNull();
  expect(machine.used()).toMatchObject({ tokens: 100 });
});

it('is not done by the monitor without claude.watch', () => {
  const machine = aMachine();
  machine.allocate();
  machine.say('m1', 100);
  expect(machine.run('resource-manager', ['monitor', '--once'], machine.env).status).toBe(0);
  expect(machine.used()).toMatchObject({ tokens: 0 });
  expect(readdirSync(machine.dir).some((name) => name.startsWith('transcripts-'))).toBe(false);
});

it('names unknown models wherever their usage is shown', () => {
  const machine = aMachine();
  machine.allocate();
  machine.say('m1', 100, 1, { model: 'claude-saga-9' });
  expect(machine.count().answer.agents).toMatchObject([{ unknown_models: ['claude-saga-9'] }]);
  expect(machine.used()).toMatchObject({ tokens: 100, cost: 0.005 });
  machine.say('m2', 100, 2, { model: 'claude-saga-9' });
  const { stdout } = machine.run('report-usage', ['--from-claude'], machine.env);
  expect(stdout).toContain('no known price: claude-saga-9; counted like claude-fable-5-1, at $10');
  const status = machine.json<{ unknown_models: string[] }>('resource-manager', ['status']).answer;
  expect(status.unknown_models).toEqual(['claude-saga-9']);
  const doctor = machine.json<{ findings: { id: string; level: string }[] }>('resource-manager', ['doctor']).answer;
  expect(doctor.findings.find(({ id }) => id === 'prices')).toMatchObject({ level: 'warn' });
});
