import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/model/state.ts';
import { EMPTY_VM_STATE } from '../../src/core/model/state.ts';
import { outlooks } from '../../src/core/schedule/outlook.ts';
import { queueScreen } from '../../src/render/queue.ts';
import { aheadText, waitText } from '../../src/render/reason.ts';
import { statusScreen } from '../../src/render/status.ts';
import { plainStyles } from '../../src/render/text/styles.ts';
import { aLease, anEntry, anEnvironment, aState, later, NOW } from '../helpers/state.ts';

const strained = (effectiveMaxSlots: number, reason: string | null) => ({
  vmState: { ...EMPTY_VM_STATE, health: 'degraded' as const, reason, effectiveMaxSlots, sampledAt: NOW },
});

interface Case {
  readonly name: string;
  readonly state: State;
  readonly settings?: object;
  /** In parentheses, then the sentence, of the last request in the queue. */
  readonly want: readonly [string, string];
}

const cases: readonly Case[] = [
  {
    name: 'slots',
    state: aState(9, [aLease('L1', 'a', 7)], [anEntry('T1', 'odin', 4)]),
    want: ['2 agents ahead', '2 more slots must come free: needs 4, 2 of 9 free; held by a (7)'],
  },
  {
    name: 'slots, and others before it',
    state: aState(9, [aLease('L1', 'a', 9)], [anEntry('T1', 'odin', 4), anEntry('T2', 'b', 1)]),
    want: ['5 agents ahead', '5 more slots must come free, for it and those before it: 0 of 9 free; held by a (9)'],
  },
  {
    name: 'a ceiling of a person is no strain',
    state: aState(9, [aLease('L1', 'a', 4)], [anEntry('T1', 'odin', 1)], {
      vmState: { ...EMPTY_VM_STATE, health: 'healthy', effectiveMaxSlots: 4, sampledAt: NOW },
    }),
    settings: { autoScale: { enabled: true, floor: 1, ceiling: 4 } },
    want: ['1 agent ahead', '1 more slot must come free: needs 1, 0 free of the 4 allowed now; held by a (4)'],
  },
  {
    name: 'a paused pool',
    state: aState(0, [], [anEntry('T1', 'odin', 1)]),
    want: ['paused', 'the pool is paused (max_slots is 0)'],
  },
  {
    name: 'the own limit',
    state: aState(9, [aLease('L1', 'odin', 3)], [anEntry('T1', 'odin', 1)]),
    settings: { maxPerProject: 3 },
    want: ['project-limit', 'odin is limited to 3 slots at once'],
  },
  {
    name: 'an earlier request of the same project at its limit',
    state: aState(9, [aLease('L1', 'odin', 2)], [anEntry('T1', 'odin', 2), anEntry('T2', 'odin', 1)]),
    settings: { maxPerProject: 3 },
    want: ['project-limit', 'others asked first, and wait as well: odin is limited to 3 slots at once'],
  },
  {
    name: 'strain',
    state: aState(9, [], [anEntry('T1', 'odin', 4)], strained(1, 'load 14.1 (limit 4)')),
    want: ['health-degraded', 'the machine is under strain (load 14.1, limit 4): 1 of 9 slots are allowed now'],
  },
  {
    name: 'strain that is over, while the slots come back',
    state: aState(9, [], [anEntry('T1', 'odin', 4)], strained(1, null)),
    want: ['health-degraded', 'the machine recovers from strain: 1 of 9 slots are allowed now'],
  },
  {
    name: 'strain that holds up the request before it',
    state: aState(9, [], [anEntry('T1', 'a', 8), anEntry('T2', 'odin', 4)], strained(1, 'load 14.1 (limit 4)')),
    want: [
      'health-degraded',
      'others asked first, and wait as well: the machine is under strain (load 14.1, limit 4): 1 of 9 slots are allowed now',
    ],
  },
  {
    name: 'an offer that was not taken',
    state: aState(9, [aLease('L1', 'a', 9)], [anEntry('T1', 'odin', 1, { lapsedAt: later(-1) })]),
    want: [
      'skipped until it asks again',
      'its offer was not claimed, or the command that waited ended; skipped until it asks again',
    ],
  },
];

describe('a request that waits names what is in the way', () => {
  it.each(cases)('$name', ({ state, settings = {}, want }) => {
    const environment = anEnvironment({ maxPerProject: 100, ...settings });
    const last = outlooks(state, environment).at(-1);
    if (last === undefined) throw new Error('nothing waits');
    expect([aheadText(last), waitText(last, state, environment)]).toEqual(want);
    const snapshot = { state, environment, repairs: [], isDue: false };
    expect(statusScreen(snapshot, plainStyles(false), 200)).toContain(`(${want[0]})\n`);
    const ahead = /^(\d+) agents? ahead$/.exec(want[0])?.[1] ?? '-';
    const row = queueScreen(snapshot, plainStyles(false), 200).split('\n').at(-2);
    expect(row?.split(/\s+/)[4]).toBe(ahead);
  });
});
