/**
 * The state as this user's monitor may act on it. Where other users may write to the state, its endings, pauses and health
 * may be theirs: the monitor then carries out what its own user asked for, and judges memory by its own samples.
 */

import { limitsOf } from '../../core/health/limits.ts';
import type { MachineSample } from '../../core/health/sample.ts';
import { signalsOf } from '../../core/health/signals.ts';
import { CRITICAL_SAMPLES, isMemoryCritical } from '../../core/health/verdict.ts';
import { plusMs } from '../../core/model/instants.ts';
import type { State } from '../../core/model/state.ts';
import { FULL_TRUST } from '../../core/trust/trust.ts';
import type { Stopwatch } from '../../ports/clock.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import type { Store } from '../../ports/store.ts';

export class OwnView {
  readonly #store: Pick<Store, 'trust'>;
  readonly #steadyMs: () => number;
  /** Critical samples in a row. */
  #criticalSamples = 0;

  constructor({ store, steadyMs }: { readonly store: Pick<Store, 'trust'> } & Stopwatch) {
    this.#store = store;
    this.#steadyMs = steadyMs;
  }

  /** Without a judgement of the machine. */
  async of(state: State): Promise<State> {
    return (await this.#store.trust()).view(state);
  }

  /** After a sample; `reapedAtMs` is when this monitor last ended a lease, on the steady clock. */
  async after(sample: MachineSample, snapshot: Snapshot, reapedAtMs: number | null): Promise<Snapshot> {
    const trust = await this.#store.trust();
    if (trust === FULL_TRUST) return snapshot;
    const state = trust.view(snapshot.state);
    const { monitor } = snapshot.environment.settings;
    const signals = signalsOf(sample, limitsOf(state.vmLimits, monitor, sample.cores), monitor);
    this.#criticalSamples = isMemoryCritical(signals, this.#criticalSamples) ? this.#criticalSamples + 1 : 0;
    const health = this.#criticalSamples >= CRITICAL_SAMPLES ? 'critical' : 'degraded';
    const reason = signals.find(({ name }) => name === 'memory')?.words ?? null;
    const { now } = snapshot.environment;
    const stated = state.vmState.reapedAt;
    // A later monitor knows from the state alone when the last lease was ended.
    const reapedAt =
      reapedAtMs !== null
        ? plusMs(now, reapedAtMs - this.#steadyMs())
        : stated !== null && stated < now
          ? stated
          : null;
    const verdict = { criticalSamples: this.#criticalSamples, health, reason, reapedAt } as const;
    return { ...snapshot, state: { ...state, vmState: { ...state.vmState, ...verdict } } };
  }
}
