/**
 * Ends runs with a killed wrapper and a killed guard, and leases with an ending that another process left undone.
 */
import type { Environment } from '../../core/environment.ts';
import type { Lease } from '../../core/model/lease.ts';
import type { State } from '../../core/model/state.ts';
import { abandonedRuns, interruptedReaping, unfinishedEndings } from '../../core/reap/abandoned.ts';
import { othersNow, targetOf } from '../../core/reap/targets.ts';
import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { endedLine } from '../../render/reaping.ts';

/** Time for the guard to end the run first, including its grace. */
const LEAVE_TO_GUARD_MS = 20_000;
const TRY_AGAIN_MS = 60_000;

export class AbandonedReaper {
  readonly #parts: MonitorPorts;
  #since = new Map<string, number>();
  readonly #tried = new Map<string, number>();

  constructor(parts: MonitorPorts) {
    this.#parts = parts;
  }

  async consider(state: State, environment: Environment): Promise<void> {
    const steadyMs = this.#parts.steadyMs();
    const since = new Map<string, number>();
    const trust = await this.#parts.store.trust();
    for (const lease of abandonedRuns(state, environment).filter((one) => trust.isOwn(one))) {
      const seenAt = this.#since.get(lease.id) ?? steadyMs;
      since.set(lease.id, seenAt);
      if (steadyMs - seenAt >= LEAVE_TO_GUARD_MS && !this.#parts.noKill)
        await this.#end(lease, state, environment, 'its wrapper was killed');
    }
    this.#since = since;
    if (this.#parts.noKill) return;
    for (const lease of unfinishedEndings(state, environment)) {
      // A process that hangs in the kernel cannot end; it is tried again, but not in every round.
      const triedAt = this.#tried.get(lease.id);
      if (triedAt !== undefined && steadyMs - triedAt < TRY_AGAIN_MS) continue;
      this.#tried.set(lease.id, steadyMs);
      await this.#end(lease, state, environment, lease.ending?.why ?? '');
    }
  }

  /** Ends the leases that the previous monitor was ending when it was killed. */
  async finish({ state, environment }: Snapshot): Promise<void> {
    if (this.#parts.noKill) return;
    for (const lease of interruptedReaping(state)) await this.#end(lease, state, environment, lease.ending?.why ?? '');
  }

  async #end(lease: Lease, state: State, environment: Environment, why: string): Promise<void> {
    const { acts, reaper, store, history, say, steadyMs } = this.#parts;
    const begun = steadyMs();
    await acts.begin({ kind: 'end-lease', lease: lease.id, why, by: 'abandoned' });
    const { graceMs } = environment.settings.monitor;
    const target = targetOf([lease], state.leases);
    const others = async () => othersNow(target, [lease], await store.peek());
    const ended = await reaper.end(target, { graceMs, isHard: false, others });
    if (ended.survivors.length === 0) await acts.write({ kind: 'ended', leases: [lease.id] });
    say(endedLine(lease, ended, (steadyMs() - begun) / 1000));
    history.append({ kind: 'abandoned', lease: lease.id, project: lease.project, terminated: ended.terminated.length });
  }
}
