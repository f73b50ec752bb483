/** Finds and ends the processes that runs and sessions have left behind. */

import { isDead } from '../core/environment.ts';
import type { Lease } from '../core/model/lease.ts';
import { isElsewhere } from '../core/model/process-ref.ts';
import { abandonedRuns } from '../core/reap/abandoned.ts';
import { othersNow, type Target, targetOf } from '../core/reap/targets.ts';
import { EXIT, ExpectedError } from '../errors.ts';
import type { History } from '../ports/history.ts';
import type { Orphans, Reaper } from '../ports/reaper.ts';
import type { Store } from '../ports/store.ts';
import { type LeftBehind, leftBySession, orphansRecord } from '../render/orphans.ts';
import { ActRecord } from './act-record.ts';

export interface ReapPorts {
  readonly store: Store;
  readonly reaper: Reaper;
}

/** Processes left by a run with a killed wrapper, by a run without a lease, or by a Claude session that has ended. */
export interface Lost {
  readonly left: LeftBehind;
  readonly lease: Lease | null;
  readonly target: Target;
}

const nameOf = ({ mark, project }: Orphans): string => (project === null ? mark : `an ended run of ${project}`);

export interface LostWish {
  /** Only the run with this mark; null for all runs of this state. */
  readonly mark: string | null;
  /** Also what dead sessions have left anywhere on the machine. */
  readonly isMachine: boolean;
}

/** Finds what is left behind. Throws ExpectedError 75 if a live process holds the run with the mark. */
export async function findLost(
  { store, reaper }: ReapPorts,
  { mark: only, isMachine }: LostWish,
): Promise<readonly Lost[]> {
  const [trust, { state: read, environment }] = [await store.trust(), await store.read()];
  const state = trust.view(read);
  const abandoned = abandonedRuns(state, environment).filter(
    (lease) => trust.isOwn(lease) && (only === null || lease.run?.mark === only),
  );
  // With a mark, a lease marked as ending counts too: its own wrapper is asking.
  for (const lease of state.leases)
    if (only !== null && lease.run?.mark === only && lease.ending !== null && !abandoned.includes(lease))
      abandoned.push(lease);
  const surveyed = await reaper.survey(abandoned, state.leases);
  const lost: Lost[] = surveyed.map(({ lease, findings }) => {
    const why = lease.ending?.why ?? 'its wrapper was killed';
    const left = { name: `${lease.id} of ${lease.project}`, why, lease: lease.id, session: null, findings };
    return { left, lease, target: targetOf([lease], state.leases) };
  });
  const readLeases = async () => ({ leases: (await store.read()).state.leases, ...(await store.trust()) });
  for (const orphans of await reaper.orphans(readLeases)) {
    const { mark, findings, target } = orphans;
    if ((only !== null && mark !== only) || abandoned.some(({ run }) => run?.mark === mark)) continue;
    const left = { name: nameOf(orphans), why: 'its lease has ended', lease: null, session: null, findings };
    lost.push({ left, lease: null, target });
  }
  if (isMachine)
    for (const orphans of await reaper.sessionOrphans(async () => (await store.read()).state))
      lost.push({ left: leftBySession(orphans), lease: null, target: orphans.target });
  // A guard also calls this after a normal end, so finding nothing is no error then.
  const holder = state.leases.find(({ run }) => only !== null && run?.mark === only)?.holder ?? null;
  if (lost.length === 0 && holder !== null && !isDead(environment, holder))
    throw new ExpectedError(
      'held',
      `the run with this mark is held by a ${isElsewhere(holder, environment.here) ? 'process in another container, unseen from here' : 'live process'}: ${holder.pid}`,
      {
        hint: 'reap ends only processes that are left behind; kill a project with resource-kill',
        exit: EXIT.notNow,
      },
    );
  return lost;
}

/** Ends processes that are left behind, and records that. */
export class LostReaper {
  readonly #store: Store;
  readonly #reaper: Reaper;
  readonly #acts: ActRecord;

  constructor({ store, reaper }: ReapPorts) {
    this.#store = store;
    this.#reaper = reaper;
    this.#acts = new ActRecord(store);
  }

  /** Frees the slots of leases that are being ended and have no processes. */
  async freeGone(lost: readonly Lost[]): Promise<void> {
    const over = lost.flatMap(({ lease, left: { findings } }) =>
      lease !== null && lease.ending !== null && findings.found.length + findings.skipped.length === 0
        ? [lease.id]
        : [],
    );
    if (over.length > 0) await this.#acts.write({ kind: 'ended', leases: over });
  }

  /** Ends the processes, which have `graceMs` to exit, and writes records. Returns the number of survivors. */
  async end(lost: readonly Lost[], graceMs: number, history: History): Promise<number> {
    const acts = this.#acts;
    let survivors = 0;
    for (const { target, lease, left } of lost) {
      if (lease !== null) await acts.begin({ kind: 'end-lease', lease: lease.id, why: left.why, by: 'abandoned' });
      const others = async () => othersNow(target, lease === null ? [] : [lease], (await this.#store.read()).state);
      const ended = await this.#reaper.end(target, { graceMs, isHard: false, others });
      survivors += ended.survivors.length;
      if (lease !== null && ended.survivors.length === 0) await acts.write({ kind: 'ended', leases: [lease.id] });
      history.append(orphansRecord(left, ended));
    }
    // Settling now frees the slots of dead holders, so that no waiter has to notice them.
    await acts.write({ kind: 'settle' });
    return survivors;
  }

  /** The failure to record what was done; null if it is recorded. */
  unrecorded(): Promise<{ readonly error: unknown } | null> {
    return this.#acts.failure();
  }
}
