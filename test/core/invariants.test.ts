import { describe, expect, it } from 'vitest';
import { newAgent } from '../../src/core/budget/allocate.ts';
import { violations } from '../../src/core/invariants.ts';
import type { AgentBudget } from '../../src/core/model/budget.ts';
import type { LeaseId, TicketId } from '../../src/core/model/ids.ts';
import type { State } from '../../src/core/model/state.ts';
import { aLease, anEntry, aState, NOW } from '../helpers/state.ts';

const inside = { parent: 'L1' as LeaseId };

describe('violations', () => {
  it.each([
    ['a fractional maximum', aState(1.5), /max_slots is 1.5/],
    ['a negative maximum', aState(-1), /max_slots is -1/],
    ['a next id above the safe integers', aState(1, [], [], { nextId: 2 ** 60 }), /next_id/],
    ['the same lease twice', aState(9, [aLease('L1', 'a', 1), aLease('L1', 'b', 1)]), /lease L1 stands twice/],
    ['a lease without slots', aState(9, [aLease('L1', 'a', 0)]), /lease L1 holds no slot/],
    ['a fraction of a slot', aState(9, [aLease('L1', 'a', 1.5)]), /lease L1 has a count/],
    ['nested slots without a parent', aState(9, [aLease('L1', 'a', 1, { within: 1 })]), /inside no lease/],
    [
      'nested slots in an unknown lease',
      aState(9, [aLease('L2', 'a', 1, { ...inside, within: 1 })]),
      /L1, which does not exist/,
    ],
    [
      'more nested slots than the parent has',
      aState(9, [aLease('L1', 'a', 2), aLease('L2', 'a', 0, { ...inside, within: 3 })]),
      /lease L1 has 2 slots and 3 used inside it/,
    ],
    ['the same ticket twice', aState(9, [], [anEntry('T1', 'a', 1), anEntry('T1', 'b', 1)]), /ticket T1 stands twice/],
    ['a minimum above the requested slots', aState(9, [], [anEntry('T1', 'a', 1, { minSlots: 2 })]), /asks for 2 to 1/],
    ['a minimum of 0', aState(9, [], [anEntry('T1', 'a', 1, { minSlots: 0 })]), /asks for 0 to 1/],
    [
      'a ticket both queued and granted',
      aState(9, [aLease('L1', 'a', 1, { ticket: 'T1' as TicketId })], [anEntry('T1', 'a', 1)]),
      /queued and granted/,
    ],
  ])('finds %s', (_name, state, want) => {
    expect(violations(state)).toEqual([expect.stringMatching(want)]);
  });

  it('a sound state has none, even with more slots in use than the maximum', () => {
    expect(violations(aState(1, [aLease('L1', 'a', 3), aLease('L2', 'a', 0, { ...inside, within: 3 })]))).toEqual([]);
  });
});

describe('budgets', () => {
  const aBudget = (agent: string, more: Partial<AgentBudget> = {}): AgentBudget => ({
    ...newAgent(agent, 'default', NOW),
    ...more,
  });
  const used = (tokens: number) => ({ consumed: { tokens, timeMs: 0, costMicroUsd: 0 } });
  const withAgents = (...agents: AgentBudget[]): State => ({ ...aState(9), budgets: { workflows: [], agents } });

  it.each([
    ['a negative amount', used(-1)],
    ['a fraction of a token', used(0.5)],
    ['an amount above the safe integers', used(2 ** 53)],
    ['a negative limit', { allocated: { tokens: -5, timeMs: null, costMicroUsd: null } }],
  ])('%s is a violation, with or without a known sound state', (_, more) => {
    const sound = withAgents(aBudget('a'), aBudget('b'));
    const [a] = sound.budgets.agents as [AgentBudget];
    const unsound = withAgents(a, aBudget('b', more));
    expect(violations(sound)).toEqual([]);
    for (const known of [null, sound])
      expect(violations(unsound, known)).toEqual(['agent b has an amount that is not a whole number from 0 up']);
  });

  it('two budgets of one agent are a violation in any spelling, with or without a known sound state', () => {
    const sound = withAgents(aBudget('a'), aBudget('b'));
    const [a] = sound.budgets.agents as [AgentBudget];
    for (const known of [null, sound])
      expect(violations(withAgents(a, aBudget('A')), known)).toEqual(['agent A has two budgets']);
  });
});
