import { describe, expect, it } from 'vitest';
import type { BudgetOrder } from '../../../src/core/budget/orders.ts';
import type { ProcessRef } from '../../../src/core/model/process-ref.ts';
import type { State } from '../../../src/core/model/state.ts';
import type { Command } from '../../../src/core/transition.ts';
import { transition } from '../../../src/core/transition.ts';
import { historyRecords } from '../../../src/render/history/history-records.ts';
import { aLease, anEntry, anEnvironment, aRequest, aState, later, NOW, process_ } from '../../helpers/state.ts';

function records(before: State, command: Command, dead: readonly ProcessRef[] = []) {
  const environment = anEnvironment({}, NOW, dead);
  const done = transition(before, command, environment);
  return historyRecords(before, command, { ...done, environment, repairs: [], isDue: false });
}

const kinds = (all: readonly { readonly kind: string }[]) => all.map(({ kind }) => kind);

describe('slots', () => {
  it('a request that is granted at once waited 0 seconds', () => {
    expect(records(aState(9), aRequest('odin', 3))).toEqual([
      { kind: 'granted', project: 'odin', lease: 'L100', slots: 3, requested: 3, min_slots: 3, waited_seconds: 0 },
    ]);
  });

  it('a request without free slots is queued, or denied if it does not wait', () => {
    const full = aState(4, [aLease('L1', 'a', 4)]);
    expect(records(full, aRequest('odin', 3))).toMatchObject([{ kind: 'queued', project: 'odin', slots: 3 }]);
    expect(records(full, aRequest('odin', 3, { mode: 'now' }))).toEqual([
      { kind: 'denied', project: 'odin', slots: 3, reason: 'insufficient-slots' },
    ]);
  });

  it('a request is queued with its reason, and with that of the request before it that decides', () => {
    const full = aState(4, [aLease('L1', 'a', 4)]);
    const first = transition(full, aRequest('odin', 3), anEnvironment()).state;
    const [queued] = records(full, aRequest('odin', 3));
    expect(queued).toEqual({
      ...{ kind: 'queued', project: 'odin', ticket: 'T100', slots: 3, min_slots: 3 },
      reason: 'insufficient-slots',
    });
    expect(records(first, aRequest('atlas', 1))).toMatchObject([
      { kind: 'queued', project: 'atlas', reason: 'behind-others', binding: 'insufficient-slots' },
    ]);
  });

  it('each change of the reason of a wait is recorded, whatever changes it, and nothing else is', () => {
    const memory = (available: number) => ({
      ...anEnvironment({ slotMemoryBytes: 100 }),
      ...{ memoryAvailableBytes: available, memoryTotalBytes: 1000 },
    });
    const start = aState(4, [aLease('L1', 'a', 3)], [anEntry('T2', 'odin', 1), anEntry('T3', 'atlas', 1)]);
    const steps: readonly (readonly [Command, number, object[]])[] = [
      [
        { kind: 'settle' },
        0,
        [
          { project: 'odin', ticket: 'T2', reason: 'low-memory' },
          { project: 'atlas', ticket: 'T3', reason: 'behind-others', binding: 'low-memory' },
        ],
      ],
      [{ kind: 'settle' }, 0, []],
      [
        { kind: 'set-max', slots: 3 },
        0,
        [
          { project: 'odin', ticket: 'T2', reason: 'insufficient-slots' },
          { project: 'atlas', ticket: 'T3', reason: 'behind-others', binding: 'insufficient-slots' },
        ],
      ],
      [
        { kind: 'set-max', slots: 4 },
        500,
        [
          { project: 'odin', ticket: 'T2', reason: null },
          { project: 'atlas', ticket: 'T3', reason: 'insufficient-slots' },
        ],
      ],
      [{ kind: 'withdraw', ticket: 'T2' }, 500, [{ project: 'atlas', ticket: 'T3', reason: null }]],
    ];
    let state = start;
    for (const [command, available, want] of steps) {
      const environment = memory(available);
      const done = transition(state, command, environment);
      const all = historyRecords(state, command, { ...done, environment, repairs: [], isDue: false });
      const said = all.filter(({ kind }) => kind === 'waiting');
      expect(said.sort((one, other) => (String(one.ticket) < String(other.ticket) ? -1 : 1))).toEqual(
        want.map((one) => ({ kind: 'waiting', ...one })),
      );
      ({ state } = done);
    }
  });

  it('a request that is passed over waits for its requester, so it has no reason', () => {
    const lapsed = anEntry('T2', 'odin', 1, { lapsedAt: NOW, reason: 'insufficient-slots' });
    expect(records(aState(1, [aLease('L1', 'a', 1)], [lapsed]), { kind: 'settle' })).toEqual([
      { kind: 'waiting', project: 'odin', ticket: 'T2', reason: null },
    ]);
  });

  it('a release records the time held, and the grant that follows its wait', () => {
    const waiting = anEntry('T7', 'odin', 2, { queuedAt: later(-60_000), waiter: process_(8) });
    const state = aState(2, [aLease('L1', 'a', 2, { acquiredAt: later(-90_000), holder: null })], [waiting]);
    const release = { kind: 'release', project: 'a', slots: null, lease: null, all: true, caller: null } as const;
    expect(records(state, release)).toEqual([
      { kind: 'released', project: 'a', lease: 'L1', slots: 2, held_seconds: 90 },
      expect.objectContaining({ kind: 'granted', project: 'odin', waited_seconds: 60, ticket: 'T7', requested: 2 }),
    ]);
  });

  it('the lease of a dead holder is reclaimed, and a cancelled request is withdrawn', () => {
    const state = aState(
      4,
      [aLease('L1', 'a', 4, { holder: process_(5), acquiredAt: later(-30_000) })],
      [anEntry('T2', 'b', 4, { queuedAt: later(-5_000) })],
    );
    expect(records(state, { kind: 'cancel', targets: ['T2'] })).toEqual([
      { kind: 'withdrawn', project: 'b', ticket: 'T2', slots: 4, waited_seconds: 5 },
    ]);
    expect(kinds(records(state, { kind: 'settle' }, [process_(5)]))).toEqual(['reclaimed', 'offered']);
    expect(records(state, { kind: 'settle' }, [process_(5)])[0]).toMatchObject({ lease: 'L1', held_seconds: 30 });
  });

  it('a command that changes nothing leaves no record', () => {
    expect(records(aState(9, [aLease('L1', 'a', 1)]), { kind: 'settle' })).toEqual([]);
  });
});

describe('budgets', () => {
  const allocate: BudgetOrder = {
    do: 'allocate',
    agents: [{ agent: 'a', weight: 1 }],
    amounts: { tokens: 1000 },
    workflow: null,
    priority: null,
    renewal: null,
    isAdding: false,
  };
  const report = (more: object): BudgetOrder => ({
    do: 'report',
    agent: 'a',
    usage: { tokens: 700, timeMs: 1500, costMicroUsd: 20_000 },
    progress: 40,
    phase: null,
    id: 'k',
    reserve: null,
    holder: null,
    ...more,
  });

  it('a report is recorded once, with the threshold that it crosses', () => {
    const given = transition(aState(9), { kind: 'budget', order: allocate }, anEnvironment()).state;
    const used = records(given, { kind: 'budget', order: report({}) });
    expect(kinds(used)).toEqual(['budget', 'usage']);
    expect(used[1]).toEqual({
      kind: 'usage',
      agent: 'a',
      workflow: 'default',
      tokens: 700,
      time_seconds: 1.5,
      cost: 0.02,
      progress: 40,
    });
    const after = transition(given, { kind: 'budget', order: report({}) }, anEnvironment()).state;
    expect(records(after, { kind: 'budget', order: report({}) })).toEqual([]);
  });

  it('each commit that makes an excess larger is an overrun, and no other one', () => {
    const orders: readonly (readonly [BudgetOrder, object[]])[] = [
      [allocate, []],
      [report({ id: '1' }), []],
      [report({ id: '2' }), [{ dimension: 'tokens', allocated: 1000, consumed: 1400 }]],
      [report({ id: '3', usage: { tokens: 0, timeMs: 0, costMicroUsd: 20_000 } }), []],
      [report({ id: '4' }), [{ dimension: 'tokens', allocated: 1000, consumed: 2100 }]],
      [{ ...allocate, amounts: { tokens: 5000 } }, []],
      [
        report({ id: '5', usage: { tokens: 3500, timeMs: 0, costMicroUsd: 0 } }),
        [{ dimension: 'tokens', allocated: 5000, consumed: 5600 }],
      ],
      [{ do: 'release', agent: 'a' }, []],
    ];
    let state = aState(9);
    for (const [order, want] of orders) {
      const all = records(state, { kind: 'budget', order });
      expect(all.filter(({ kind }) => kind === 'overrun')).toEqual(
        want.map((part) => ({ kind: 'overrun', agent: 'a', workflow: 'default', ...part })),
      );
      state = transition(state, { kind: 'budget', order }, anEnvironment()).state;
    }
  });

  it.each([1200, 9000])('an excess in a new window is an overrun, after %i tokens in the old one', (tokens) => {
    const renewal = { per: 'day', timeZone: 'UTC' };
    const command = (order: BudgetOrder) => ({ kind: 'budget', order }) as const;
    const given = transition(aState(9), command({ ...allocate, renewal }), anEnvironment()).state;
    const first = report({ id: '1', usage: { tokens, timeMs: 0, costMicroUsd: 0 } });
    const over = transition(given, command(first), anEnvironment()).state;
    const small = report({ id: '2', usage: { tokens: 1200, timeMs: 0, costMicroUsd: 0 } });
    const tomorrow = { ...anEnvironment(), now: later(86_400_000) };
    const done = transition(over, command(small), tomorrow);
    const all = historyRecords(over, command(small), { ...done, environment: tomorrow, repairs: [], isDue: false });
    expect(all).toContainEqual(expect.objectContaining({ kind: 'overrun', allocated: 1000, consumed: 1200 }));
  });

  it('an order is recorded with its result', () => {
    expect(records(aState(9), { kind: 'budget', order: allocate })).toEqual([
      {
        kind: 'budget-allocate',
        workflow: 'default',
        agent: 'a',
        allocated: [{ agent: 'a', tokens: 1000, time_seconds: null, cost: null }],
      },
    ]);
  });
});
