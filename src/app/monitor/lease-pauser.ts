/**
 * Opt-in: stops the lease that would be ended first while free memory falls so fast that it would soon be critical. The
 * lease keeps its memory but takes no more. The state records the stop first, so that another process can undo it. A lease that
 * may hold the lock goes on at once: everybody would wait for it.
 */

import type { MachineSample } from '../../core/health/sample.ts';
import { elapsedMs } from '../../core/model/instants.ts';
import type { Lease } from '../../core/model/lease.ts';
import { isFallingFast } from '../../core/reap/decide.ts';
import { targetOf } from '../../core/reap/targets.ts';
import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { chooseVictim } from './victim-reaper.ts';

export class LeasePauser {
  readonly #parts: MonitorPorts;
  #before: MachineSample | null = null;

  constructor(parts: MonitorPorts) {
    this.#parts = parts;
  }

  async consider(snapshot: Snapshot, sample: MachineSample): Promise<void> {
    const { state, environment } = snapshot;
    const before = this.#before;
    this.#before = sample;
    if (this.#parts.isDryRun || this.#parts.noKill) return;
    const { pause, pauseAtMostMs } = environment.settings.monitor;
    const paused = state.leases.filter((lease) => lease.pausedAt !== null);
    const isFast = before !== null && isFallingFast(state, environment, before, sample);
    for (const lease of paused) {
      const isLong = elapsedMs(lease.pausedAt ?? sample.at, sample.at) >= pauseAtMostMs;
      if (!pause || isLong || (!isFast && state.vmState.health === 'healthy'))
        await this.resume(lease, state.leases, isLong ? 'it has been stopped long enough' : 'memory has recovered');
    }
    if (!pause || paused.length > 0 || !isFast || state.vmState.health === 'critical') return;
    const { chosen } = await chooseVictim(snapshot, this.#parts);
    if (chosen === null) return;
    const { lease } = chosen;
    await this.#parts.store.transact({ kind: 'pause', lease: lease.id, paused: true });
    const stopped = await this.#parts.reaper.hold(targetOf([lease], state.leases), true);
    const holder = this.#parts.store.lockHolder();
    if (holder === 'unknown' || (holder !== null && stopped.includes(holder.pid))) {
      await this.resume(lease, state.leases, 'one of its processes may hold the lock of the state');
      return;
    }
    this.#parts.say(`stopped ${lease.id} of ${lease.project} for a while: memory is falling fast`);
    this.#parts.history.append({ kind: 'pause', lease: lease.id, project: lease.project, paused: true });
  }

  /** Continues stopped leases: of an earlier monitor, or all when this one ends. */
  async resumeAll(leases: readonly Lease[], why: string): Promise<void> {
    for (const lease of leases) if (lease.pausedAt !== null) await this.resume(lease, leases, why);
  }

  private async resume(lease: Lease, all: readonly Lease[], why: string): Promise<void> {
    await this.#parts.reaper.hold(targetOf([lease], all), false);
    await this.#parts.acts.write({ kind: 'pause', lease: lease.id, paused: false });
    this.#parts.say(`${lease.id} of ${lease.project} goes on: ${why}`);
    this.#parts.history.append({ kind: 'pause', lease: lease.id, project: lease.project, paused: false, why });
  }
}
