import { describe, expect, it } from 'vitest';
import type { LeaseId } from '../../../src/core/model/ids.ts';
import type { State, VmState } from '../../../src/core/model/state.ts';
import { EMPTY_VM_STATE } from '../../../src/core/model/state.ts';
import { transition } from '../../../src/core/transition.ts';
import { aSample } from '../../helpers/machine.ts';
import type { Row } from '../../helpers/state.ts';
import { aLease, anEnvironment, aRequest, aState, later, NOW, playRow } from '../../helpers/state.ts';

const MINUTE = 60_000;
const sampled = (max: number, vmState: Partial<VmState>, used = 0): State =>
  aState(max, used > 0 ? [aLease('L1', 'consilio', used)] : [], [], {
    vmState: { ...EMPTY_VM_STATE, sampledAt: NOW, ...vmState },
  });
const ask = (slots: number) => aRequest('odin', slots);

const rows: readonly Row[] = [
  {
    name: 'critical: no new grants',
    state: sampled(9, { health: 'critical' }),
    command: ask(1),
    wantOutcome: 'queued health-critical',
  },
  {
    name: 'critical in a sample from five minutes ago: no new grants',
    state: sampled(9, { health: 'critical' }),
    command: ask(1),
    env: anEnvironment({}, later(5 * MINUTE)),
    wantOutcome: 'queued health-critical',
  },
  {
    name: 'critical in an older sample: grants continue, since the monitor has died',
    state: sampled(9, { health: 'critical' }),
    command: ask(1),
    env: anEnvironment({}, later(5 * MINUTE + 1)),
    wantOutcome: 'granted 1',
  },
  {
    name: 'critical in a sample from the future, after the clock was set back: the sample is stale',
    state: sampled(9, { health: 'critical', sampledAt: later(60 * MINUTE) }),
    command: ask(1),
    wantOutcome: 'granted 1',
  },
  {
    name: 'critical: slots inside a lease are still granted',
    state: sampled(9, { health: 'critical' }, 2),
    command: aRequest('odin', 2, { parent: 'L1' as LeaseId }),
    wantOutcome: 'granted 2',
  },
  {
    name: 'degraded: a full smaller pool is given as the reason',
    state: sampled(9, { health: 'degraded', effectiveMaxSlots: 4 }, 3),
    command: ask(2),
    wantOutcome: 'queued health-degraded',
  },
  {
    name: 'degraded: a request that fits in the smaller pool is granted',
    state: sampled(9, { health: 'degraded', effectiveMaxSlots: 5 }, 3),
    command: ask(2),
    wantOutcome: 'granted 2',
  },
  {
    name: 'degraded: no grant while more slots are in use than the smaller pool has',
    state: sampled(9, { health: 'degraded', effectiveMaxSlots: 2 }, 3),
    command: aRequest('odin', 5, { minSlots: 1 }),
    wantOutcome: 'queued health-degraded',
  },
  {
    name: 'degraded: a request that does not fit in the whole pool either waits for slots',
    state: sampled(9, { health: 'degraded', effectiveMaxSlots: 5 }, 3),
    command: ask(7),
    wantOutcome: 'queued insufficient-slots',
  },
  {
    name: 'an effective maximum above the maximum counts as the maximum',
    state: sampled(4, { health: 'healthy', effectiveMaxSlots: 9 }, 3),
    command: ask(2),
    wantOutcome: 'queued insufficient-slots',
  },
];

describe('health', () => {
  it('counts a sample as taken now, if the clock was set since', () => {
    for (const seconds of [-3_600_000, 3_600_000]) {
      const { state } = transition(sampled(9, {}), { kind: 'observe', sample: aSample(seconds) }, anEnvironment());
      expect(state.vmState.sampledAt).toBe(NOW);
    }
  });

  it.each(rows)('$name', (row) => {
    const { got, want } = playRow(row);
    expect(got).toEqual(want);
  });
});
