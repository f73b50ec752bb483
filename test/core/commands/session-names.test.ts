/** Budgets of sessions and their agents, by present names and by names of earlier versions. */
import { describe, expect, it } from 'vitest';
import { newAgent } from '../../../src/core/budget/allocate.ts';
import { budgetOfAgent, sessionAgent } from '../../../src/core/commands/session-names.ts';
import type { Session } from '../../../src/core/model/session.ts';
import { NO_TASKS } from '../../../src/core/model/session.ts';
import type { State } from '../../../src/core/model/state.ts';
import { workOf } from '../../../src/core/usage/attribution.ts';
import { aLease, aState, NOW } from '../../helpers/state.ts';

const FIRST = '019a7b3c-1f2e-7a41-9c0d-3b5e6f708192';
const SECOND = '019a7b3c-8d47-7b90-8e1f-0a1b2c3d4e5f';
const FORMER = 'app/session-019a7b3c';
const nameOf = (id: string): string => `app/${workOf(id, null)}`;

const aSession = (id: string, more: Partial<Session> = {}): Session => ({
  id,
  project: 'app',
  agent: null,
  process: null,
  transcript: null,
  startedAt: NOW,
  tasks: NO_TASKS,
  endedAgents: [],
  extra: {},
  ...more,
});

const given = (sessions: readonly Session[], budgets: readonly string[]): State => ({
  ...aState(4),
  sessions,
  budgets: { workflows: [], agents: budgets.map((agent) => newAgent(agent, 'default', NOW)) },
});

describe('the name of a session in the budgets', () => {
  const [first, second] = [aSession(FIRST), aSession(SECOND)];
  it.each<[string, Session, readonly Session[], readonly string[], string]>([
    ['is made of the whole id', first, [first], [], nameOf(FIRST)],
    ['is its alias', aSession(FIRST, { agent: 'app/auth' }), [first], [FORMER], 'app/auth'],
    ['is the former one if that has a budget', first, [first], [FORMER], FORMER],
    ['is the former one in other letters', first, [first], ['APP/Session-019A7B3C'], FORMER],
    ['is the present one if both have', first, [first], [FORMER, nameOf(FIRST)], nameOf(FIRST)],
    ['is the former one of the first of two', first, [second, first], [FORMER], FORMER],
    ['is the present one of the second of two', second, [second, first], [FORMER], nameOf(SECOND)],
    ['is not changed by another project', second, [second, aSession(FIRST, { project: 'odin' })], [FORMER], FORMER],
    ['is the former one of a session that is not known yet', first, [], [FORMER], FORMER],
  ])('%s', (_, session, sessions, budgets, want) => {
    expect(sessionAgent(given(sessions, budgets), session)).toBe(want);
  });
});

describe('the budget of an agent inside a session', () => {
  const lease = (session: string, agentId: string) =>
    aLease('L1', 'app', 1, { spawn: { session, agentId, toolCall: null, isNested: false, heardAt: NOW } });
  const budget = (state: State, session: string, id: string | null) =>
    budgetOfAgent(state, aSession(session), id)?.agent ?? null;

  it('has its present name, else its former one', () => {
    const present = `app/${workOf(FIRST, 'a1')}`;
    expect(budget(given([], ['app/agent-a1', present]), FIRST, 'a1')).toBe(present);
    expect(budget(given([], ['app/agent-a1']), FIRST, 'a1')).toBe('app/agent-a1');
    expect(budget(given([], []), FIRST, 'a1')).toBe(null);
    expect(budget(given([], ['app/agent-a1']), FIRST, null)).toBe(null);
  });

  it('is not that of an agent with the same id in another session', () => {
    const state = given([], [`app/${workOf(FIRST, 'a1')}`]);
    expect(budget(state, SECOND, 'a1')).toBe(null);
    const former = given([], ['app/agent-a1']);
    expect(budget({ ...former, leases: [lease(FIRST, 'a1')] }, SECOND, 'a1')).toBe(null);
    expect(budget({ ...former, leases: [lease(SECOND, 'a1')] }, SECOND, 'a1')).toBe('app/agent-a1');
  });
});
