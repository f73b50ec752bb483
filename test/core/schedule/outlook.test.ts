import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../src/core/environment.ts';
import type { State } from '../../../src/core/model/state.ts';
import { outlooks } from '../../../src/core/schedule/outlook.ts';
import { aLease, anEntry, anEnvironment, aState, later, NOW } from '../../helpers/state.ts';

interface Case {
  readonly name: string;
  readonly state: State;
  readonly env?: Environment;
  /** `ticket #position, agents ahead, reason, eta` */
  readonly want: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: '18 of 20 used, 5 requested: 3 must end first',
    state: aState(20, [aLease('L1', 'a', 18)], [anEntry('T1', 'odin', 5)]),
    want: ['T1 #1 3 insufficient-slots ?'],
  },
  {
    name: 'a later request also waits for earlier ones',
    state: aState(20, [aLease('L1', 'a', 18)], [anEntry('T1', 'odin', 5), anEntry('T2', 'b', 4)]),
    want: ['T1 #1 3 insufficient-slots ?', 'T2 #2 7 behind-others ?'],
  },
  {
    name: 'only the minimum must become free',
    state: aState(20, [aLease('L1', 'a', 20)], [anEntry('T1', 'odin', 5, { minSlots: 2 })]),
    want: ['T1 #1 2 insufficient-slots ?'],
  },
  {
    name: 'an open offer has no agents ahead',
    state: aState(
      6,
      [aLease('L1', 'a', 4)],
      [anEntry('T1', 'b', 3), anEntry('T2', 'odin', 2, { offeredUntil: later(1000), offeredSlots: 2 })],
    ),
    want: ['T2 #1 0 null 0s', 'T1 #2 3 insufficient-slots ?'],
  },
  {
    name: 'the eta is known if enough leases have a known end',
    state: aState(
      4,
      [
        aLease('L1', 'a', 1, { expiresAt: later(90_500) }),
        aLease('L2', 'a', 2, { expiresAt: later(30_000) }),
        aLease('L3', 'a', 1),
      ],
      [anEntry('T1', 'odin', 2), anEntry('T2', 'b', 1), anEntry('T3', 'c', 1)],
    ),
    want: ['T1 #1 2 insufficient-slots 30s', 'T2 #2 3 behind-others 91s', 'T3 #3 4 behind-others ?'],
  },
  {
    name: 'at the project limit only the project’s own slots are ahead',
    state: aState(
      20,
      [aLease('L1', 'odin', 3), aLease('L2', 'a', 17)],
      [anEntry('T1', 'odin', 2), anEntry('T2', 'b', 1)],
    ),
    env: anEnvironment({ maxPerProject: 4 }),
    want: ['T1 #1 1 project-limit ?', 'T2 #2 1 insufficient-slots ?'],
  },
  {
    name: 'an empty queue',
    state: aState(5, [aLease('L1', 'a', 5)]),
    want: [],
  },
];

describe('outlook', () => {
  it.each(cases)('$name', ({ state, env = anEnvironment({ maxPerProject: 100 }, NOW), want }) => {
    const got = outlooks(state, env).map(
      ({ entry, position, agentsAhead, reason, eta }) =>
        `${entry.ticket} #${position} ${agentsAhead} ${reason} ${eta === null ? '?' : `${Math.ceil(eta.ms / 1000)}s`}`,
    );
    expect(got).toEqual(want);
  });
});
