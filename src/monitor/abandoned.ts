/** Runs whose wrapper was killed are ended by their guard; where that was killed too, the monitor does it. */
import type { Environment } from '../core/environment.ts';
import type { Lease } from '../core/model/lease.ts';
import type { State } from '../core/model/state.ts';
import { abandonedRuns } from '../core/reap/abandoned.ts';
import { targetOf } from '../core/reap/targets.ts';
import { endedLine } from '../render/reaping.ts';
import type { Parts } from './parts.ts';

/** The guard comes first; it needs a moment, and the grace it gives. */
const LEAVE_TO_GUARD_MS = 20_000;

export class Abandoned {
  readonly #parts: Parts;
  #since = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async consider(state: State, environment: Environment): Promise<void> {
    const since = new Map<string, number>();
    for (const lease of abandonedRuns(state, environment)) {
      const seenAt = this.#since.get(lease.id) ?? environment.now;
      since.set(lease.id, seenAt);
      if (environment.now - seenAt >= LEAVE_TO_GUARD_MS && !this.#parts.noKill) await this.#end(lease, state);
    }
    this.#since = since;
  }

  async #end(lease: Lease, state: State): Promise<void> {
    const { store, reaper, history, say, now } = this.#parts;
    const begun = now();
    const why = 'its wrapper was killed';
    await store.transact({ kind: 'end-lease', lease: lease.id, why, isReaping: false });
    const { graceMs } = (await store.settings()).monitor;
    const ended = await reaper.end(targetOf([lease], state.leases), { graceMs, isHard: false });
    if (ended.survivors.length === 0) await store.transact({ kind: 'ended', leases: [lease.id] });
    say(endedLine(lease, ended, (now() - begun) / 1000));
    history.append({ kind: 'abandoned', lease: lease.id, project: lease.project, terminated: ended.terminated.length });
  }
}
