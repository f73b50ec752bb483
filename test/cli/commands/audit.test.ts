/** audit as a command, with a state and a home of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workOf } from '../../../src/core/usage/attribution.ts';
import { sandbox, temporaryFolder } from '../../helpers/cli.ts';
import { expectSchema } from '../../helpers/schema.ts';
import { aLine } from '../../helpers/transcripts.ts';

const SESSION = '1a2b3c4d-0000-4000-8000-000000000000';
const AGENT = 'app/session-1a2b3c4d';

/** A session of 100k tokens ($0.50) and a subagent of 50k, a minute ago. */
function aMachine(config = '') {
  const box = sandbox(4, { config });
  const home = temporaryFolder();
  const write = (file: string, lines: readonly unknown[]): void => {
    const path = join(home, 'projects', '-w-app', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  };
  const said = (id: string, tokens: number, more: Record<string, unknown> = {}) =>
    aLine({
      id,
      sessionId: SESSION,
      timestamp: new Date(Date.now() - 60_000).toISOString(),
      usage: { input_tokens: tokens },
      ...more,
    });
  write(`${SESSION}.jsonl`, [said('m1', 100_000), said('m1', 100_000)]);
  write(`${SESSION}/subagents/agent-a1.jsonl`, [said('m2', 50_000, { agentId: 'a1' })]);
  const env = { CLAUDE_CONFIG_DIR: home, HOME: home };
  return {
    ...box,
    report: (...args: string[]) => box.run('report-usage', [AGENT, ...args]),
    own: (tokens: string) => {
      box.run('request-slots', ['app', '1', '--detached', '--agents', 'session-1a2b3c4d']);
      return box.run('report-usage', [AGENT, '--tokens', tokens]);
    },
    audit: (...args: string[]) => {
      const result = box.json<{ mismatches: number; agents: Record<string, unknown>[] }>(
        'resource-manager',
        ['audit', ...args],
        env,
      );
      if (!('error' in result.answer)) expectSchema('audit', result.answer);
      return result;
    },
    text: (...args: string[]) => box.run('resource-manager', ['audit', ...args], env),
  };
}

describe('audit', () => {
  it('finds no mismatch when the reports equal the transcripts', () => {
    const machine = aMachine();
    expect(machine.own('150k').status).toBe(0);
    const { status, answer } = machine.audit();
    expect(answer).toMatchObject({ mismatches: 0, agents: [{ agent: AGENT, responses: 2, consequence: 'none' }] });
    expect(status).toBe(0);
    expect(machine.text().stdout).toContain(`✅ ${AGENT}`);
  });

  it('exits 1 for an agent that left its subagents out, and names the cause', () => {
    const machine = aMachine();
    machine.own('100k');
    const { status, answer } = machine.audit(AGENT);
    expect(status).toBe(1);
    expect(answer.agents[0]).toMatchObject({
      consequence: 'warned',
      dimensions: [
        {
          dimension: 'tokens',
          observed: 150_000,
          reported: 100_000,
          difference: 50_000,
          cause: 'subagents-not-counted',
        },
        { dimension: 'cost', observed: 0.75, verdict: 'unreported' },
      ],
    });
    expect(machine.text().stdout).toContain(
      '100k tokens reported, 150k tokens in transcripts (67%): usage of its subagents',
    );
  });

  it('corrects missing usage, once', () => {
    const machine = aMachine('audit: { on_mismatch: correct }\n');
    machine.own('100k');
    expect(machine.audit('--dry-run').answer.agents[0]).toMatchObject({ consequence: 'warned' });
    expect(machine.audit()).toMatchObject({ status: 1, answer: { agents: [{ consequence: 'corrected' }] } });
    expect(machine.audit()).toMatchObject({ status: 0, answer: { mismatches: 0 } });
    const { answer } = machine.json('resource-manager', ['budget', 'status', AGENT]);
    expect(answer).toMatchObject({ consumed: { tokens: 150_000 } });
  });

  it('stops an agent with a mismatch', () => {
    const machine = aMachine('audit: { on_mismatch: stop }\n');
    machine.own('1k');
    expect(machine.audit()).toMatchObject({ status: 1, answer: { agents: [{ consequence: 'stopped' }] } });
    expect(machine.run('resource-manager', ['check', AGENT]).status).toBe(1);
  });

  it('lists an agent without a budget, which is no mismatch', () => {
    const { status, answer } = aMachine('claude: { projects: { /w: wide } }\n').audit();
    expect(status).toBe(0);
    expect(answer.agents).toMatchObject([
      { agent: `wide/${workOf(SESSION, null)}`, dimensions: [{ verdict: 'unbudgeted' }, { verdict: 'unbudgeted' }] },
    ]);
  });

  it('ignores usage from before the budget', () => {
    const machine = aMachine();
    machine.run('resource-manager', ['budget', 'allocate', AGENT, '--tokens', '1M']);
    expect(machine.audit()).toMatchObject({
      status: 0,
      answer: { agents: [{ dimensions: [{ verdict: 'unseen' }, {}] }] },
    });
  });

  it('refuses an agent without reports and transcripts', () => {
    expect(aMachine().audit('nobody').status).toBe(66);
  });

  it.each([
    ['audit: { on_mismatch: shout }', 'audit.on_mismatch'],
    ['audit: { tolerance: 5 }', 'audit.tolerance'],
    ['claude: { projects: { relative: app } }', 'absolute path'],
    ['claude: { projects: { /w: "no name" } }', 'a project name'],
  ])('refuses %s', (config, want) => {
    const { status, stderr } = aMachine(`${config}\n`).text();
    expect(status).toBe(65);
    expect(stderr).toContain(want);
  });
});
