import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../src/core/environment.ts';
import type { State } from '../../../src/core/model/state.ts';
import { EMPTY_VM_STATE } from '../../../src/core/model/state.ts';
import { outlooks } from '../../../src/core/schedule/outlook.ts';
import { aLease, anEntry, anEnvironment, aState, later, NOW, projects } from '../../helpers/state.ts';

interface Case {
  readonly name: string;
  readonly state: State;
  readonly env?: Environment;
  /** `ticket #position, agents ahead, reason, eta` */
  readonly want: readonly string[];
}

const strained = (effectiveMaxSlots: number) => ({
  vmState: { ...EMPTY_VM_STATE, health: 'degraded' as const, effectiveMaxSlots, sampledAt: NOW },
});

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
    want: ['T1 #1 0 project-limit ?', 'T2 #2 1 insufficient-slots ?'],
  },
  {
    name: 'in a paused pool nobody is ahead',
    state: aState(0, [], [anEntry('T1', 'odin', 1), anEntry('T2', 'b', 1)]),
    want: ['T1 #1 0 paused ?', 'T2 #2 0 paused ?'],
  },
  {
    name: 'under strain the machine is in the way, not others',
    state: aState(9, [], [anEntry('T1', 'consilio', 8), anEntry('T2', 'odin', 4)], strained(1)),
    want: ['T1 #1 0 health-degraded ?', 'T2 #2 0 behind-others by health-degraded ?'],
  },
  {
    name: 'under strain a request fits when enough leases have ended',
    state: aState(9, [aLease('L1', 'a', 3, { expiresAt: later(30_000) })], [anEntry('T1', 'odin', 2)], strained(3)),
    want: ['T1 #1 0 health-degraded 30s'],
  },
  {
    name: 'what is used beyond the pool must come free as well',
    state: aState(3, [aLease('L1', 'a', 8)], [anEntry('T1', 'odin', 1)]),
    want: ['T1 #1 6 insufficient-slots ?'],
  },
  {
    name: 'requests that take no slots are not ahead',
    state: aState(
      4,
      [aLease('L1', 'odin', 4)],
      [
        anEntry('T1', 'odin', 2),
        anEntry('T2', 'wide', 9),
        anEntry('T3', 'late', 3, { lapsedAt: later(-1) }),
        anEntry('T4', 'b', 1),
      ],
    ),
    env: anEnvironment({ maxPerProject: 5, projects: projects({ wide: { max: 100 } }) }),
    want: [
      'T1 #1 0 project-limit ?',
      'T2 #2 0 exceeds-maximum ?',
      'T4 #3 1 insufficient-slots ?',
      'T3 #4 0 behind-others by null ?',
    ],
  },
  {
    name: 'slots inside its own lease need not come free',
    state: aState(4, [aLease('L1', 'odin', 4)], [anEntry('T1', 'odin', 6, { parent: 'L1' as never })]),
    want: ['T1 #1 2 insufficient-slots ?'],
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
      ({ entry, position, agentsAhead, reason, binding, eta }) =>
        `${entry.ticket} #${position} ${agentsAhead} ${reason}${binding === reason || binding === 'insufficient-slots' ? '' : ` by ${binding}`} ${eta === null ? '?' : `${Math.ceil(eta.ms / 1000)}s`}`,
    );
    expect(got).toEqual(want);
  });
});
