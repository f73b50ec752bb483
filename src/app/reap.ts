/** Processes that dead holders left behind: finding them, and ending them. */

import { isDead } from '../core/environment.ts';
import type { Lease } from '../core/model/lease.ts';
import { abandonedRuns } from '../core/reap/abandoned.ts';
import type { Target } from '../core/reap/targets.ts';
import { targetOf } from '../core/reap/targets.ts';
import { EXIT, ExpectedError } from '../errors.ts';
import type { History } from '../ports/history.ts';
import type { Orphans, Reaper } from '../ports/reaper.ts';
import type { Store } from '../ports/store.ts';
import type { LeftBehind } from '../render/orphans.ts';
import { leftBySession, orphansRecord } from '../render/orphans.ts';

export interface ReapPorts {
  readonly store: Store;
  readonly reaper: Reaper;
}

/** Of a run whose wrapper was killed, of one whose lease is gone, or of a Claude session that is gone. */
export interface Lost {
  readonly left: LeftBehind;
  readonly lease: Lease | null;
  readonly target: Target;
}

const nameOf = ({ mark, project }: Orphans): string => (project === null ? mark : `an ended run of ${project}`);

/** Looks for all, or for what the run with this mark left. Throws ExpectedError 75 for a run that a live process holds. */
export async function findLost({ store, reaper }: ReapPorts, only: string | null): Promise<readonly Lost[]> {
  const { state, environment } = await store.read();
  const abandoned = [...abandonedRuns(state, environment)].filter(({ run }) => only === null || run?.mark === only);
  // What was said to be ended is ended on behalf of the wrapper that asks for its own run.
  for (const lease of state.leases)
    if (only !== null && lease.run?.mark === only && lease.ending !== null && !abandoned.includes(lease))
      abandoned.push(lease);
  const surveyed = await reaper.survey(abandoned, state.leases);
  const lost: Lost[] = surveyed.map(({ lease, findings }) => {
    const why = lease.ending?.why ?? 'its wrapper was killed';
    const left = { name: `${lease.id} of ${lease.project}`, why, lease: lease.id, session: null, findings };
    return { left, lease, target: targetOf([lease], state.leases) };
  });
  for (const orphans of await reaper.orphans(state.leases)) {
    const { mark, findings, target } = orphans;
    if (only !== null && mark !== only) continue;
    const left = { name: nameOf(orphans), why: 'its lease has ended', lease: null, session: null, findings };
    lost.push({ left, lease: null, target });
  }
  if (only === null)
    for (const orphans of await reaper.sessionOrphans(state))
      lost.push({ left: leftBySession(orphans), lease: null, target: orphans.target });
  // A guard comes here when all is over as well; that is no mistake.
  const holder = state.leases.find(({ run }) => only !== null && run?.mark === only)?.holder ?? null;
  if (lost.length === 0 && holder !== null && !isDead(environment, holder))
    throw new ExpectedError('held', `the run with this mark is held by a live process: ${holder.pid}`, {
      hint: 'only what is left behind is reaped; end a project with resource-kill',
      exit: EXIT.notNow,
    });
  return lost;
}

/** Frees the slots of what was to be ended and is gone by itself meanwhile. */
export async function freeGone(store: Store, lost: readonly Lost[]): Promise<void> {
  const over = lost.flatMap(({ lease, left: { findings } }) =>
    lease !== null && lease.ending !== null && findings.found.length + findings.skipped.length === 0 ? [lease.id] : [],
  );
  if (over.length > 0) await store.transact({ kind: 'ended', leases: over });
}

/** Ends it, each with `graceMs` to end by itself, and writes it down; the number of processes that are still there. */
export async function endLost(
  { store, reaper }: ReapPorts,
  lost: readonly Lost[],
  graceMs: number,
  history: History,
): Promise<number> {
  let survivors = 0;
  for (const { target, lease, left } of lost) {
    if (lease !== null) await store.transact({ kind: 'end-lease', lease: lease.id, why: left.why, by: 'abandoned' });
    const ended = await reaper.end(target, { graceMs, isHard: false });
    survivors += ended.survivors.length;
    if (lease !== null && ended.survivors.length === 0) await store.transact({ kind: 'ended', leases: [lease.id] });
    history.append(orphansRecord(left, ended));
  }
  // What the dead held is free now; a waiter need not find out by itself.
  await store.transact({ kind: 'settle' });
  return survivors;
}
