/** Plans and carries out the kill of a project. */

import { type Environment, isDead } from '../core/environment.ts';
import { projectKey } from '../core/model/ids.ts';
import { type Lease, leaseSize } from '../core/model/lease.ts';
import type { QueueEntry } from '../core/model/queue-entry.ts';
import type { Findings, Found } from '../core/reap/find.ts';
import { othersNow, type Target, targetOf } from '../core/reap/targets.ts';
import { OWN_LINEAGE } from '../core/reap/veto.ts';
import type { Trust } from '../core/trust/trust.ts';
import type { History } from '../ports/history.ts';
import type { EndedTrees, Orphans, Reaper, Surveyed } from '../ports/reaper.ts';
import type { Committed } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';
import { evidenceRecord } from '../render/history/journal.ts';
import { type KillReport, killJson, type SparedLease } from '../render/kill.ts';
import { ActRecord } from './act-record.ts';
import { outcomeOf } from './outcome.ts';

export interface KillPorts {
  readonly store: Store;
  readonly reaper: Reaper;
}

/** The leases and requests of a project, and the processes that its ended runs have left behind. */
export interface KillPlan {
  readonly project: string;
  readonly reason: string;
  readonly leases: readonly Lease[];
  /** Leases of the project with processes of other users, which are left alone. */
  readonly spared: readonly SparedLease[];
  readonly all: readonly Lease[];
  readonly cancelled: readonly QueueEntry[];
  readonly left: readonly Orphans[];
}

const endingOf = (committed: Committed, trust: Trust): Pick<KillPlan, 'leases' | 'all' | 'cancelled'> => {
  const { leases, cancelled } = outcomeOf(committed, 'ending', 'kill-outcome-2b6e');
  return { leases: leases.filter((lease) => trust.isOwn(lease)), cancelled, all: committed.state.leases };
};

/** Plans the kill and changes nothing. Throws ExpectedError 66 for an unknown project. */
export async function planKill({ store, reaper }: KillPorts, name: string, reason: string): Promise<KillPlan> {
  const trust = await store.trust();
  const planned = await store.plan({ kind: 'end-project', project: name, why: reason, spared: [] });
  const ending = endingOf(planned, trust);
  const spared = outcomeOf(planned, 'ending', 'kill-outcome-2b6e')
    .leases.filter((lease) => !trust.isOwn(lease))
    .map((lease) => ({ lease, uid: trust.userOf(lease) }));
  const project = ending.leases[0]?.project ?? spared[0]?.lease.project ?? ending.cancelled[0]?.project ?? name;
  const isOwn = ({ project: owner }: Orphans): boolean => owner !== null && projectKey(owner) === projectKey(name);
  const left = (
    await reaper.orphans(async () => ({ leases: (await store.read()).state.leases, ...(await store.trust()) }))
  ).filter(isOwn);
  return { ...ending, spared, project, reason, left };
}

/** The processes of the leases, and the processes left behind. */
export function targetOfKill({ leases, all, left }: KillPlan): Target {
  const target = targetOf(leases, all, true);
  const folders = left.flatMap((orphans) => orphans.target.folders);
  const marks = left.map(({ mark }) => mark);
  return { ...target, folders: [...target.folders, ...folders], marks: [...target.marks, ...marks] };
}

/** Total size of the leases with an ended process. */
export function agentsAmong(leases: readonly Lease[], ended: readonly Found[]): number {
  const pids = new Set(ended.map(({ row }) => row.pid));
  const isEnded = ({ run, holder }: Lease): boolean => pids.has((run === null ? holder : run.root)?.pid ?? 0);
  return sizeOf(leases.filter(isEnded));
}

/** The leases to release. Agents inside a spared session (of this command) go on and keep their slots. */
function endedWith(leases: readonly Lease[], found: readonly Found[]): readonly Lease[] {
  const pids = new Set(found.map(({ row }) => row.pid));
  return leases.filter(({ spawn, holder }) => spawn === null || pids.has(holder?.pid ?? 0));
}

const sizeOf = (leases: readonly Lease[]): number => leases.reduce((sum, lease) => sum + leaseSize(lease), 0);

function reportOf(
  { project, reason, leases, spared, cancelled }: KillPlan,
  over: readonly Lease[],
  ended: EndedTrees,
  isDryRun: boolean,
): KillReport {
  return {
    project,
    reason,
    isDryRun,
    agents: agentsAmong(leases, ended.terminated),
    ...ended,
    slotsReleased: sizeOf(endedWith(over, ended.terminated)),
    slotsKept: sizeOf([...leases.filter((lease) => !over.includes(lease)), ...spared.map(({ lease }) => lease)]),
    spared,
    cancelled: cancelled.map(({ ticket }) => ticket),
  };
}

/** The report of a dry run with these findings. */
export const reportOfPlan = (plan: KillPlan, { found, skipped }: Findings): KillReport =>
  reportOf(plan, plan.leases, { terminated: found, skipped, survivors: [] }, true);

/**
 * True for a lease without a process that runs on: a survivor, one out of reach, or one that nobody here can see. A shell
 * that holds slots and runs this command gives them up by it.
 */
function isGone({ lease, findings: { found, skipped } }: Surveyed, environment: Environment): boolean {
  const user = lease.run === null ? lease.holder : lease.run.root;
  const isHidden =
    user !== null && !isDead(environment, user) && ![...found, ...skipped].some(({ row }) => row.pid === user.pid);
  const runsOn = skipped.some((one) => one.runsOn && (lease.run !== null || one.why !== OWN_LINEAGE));
  return found.length === 0 && !runsOn && !isHidden;
}

/** The leases to release; the others keep their slots. */
async function goneLeases(plan: KillPlan, { store, reaper }: KillPorts): Promise<readonly Lease[]> {
  const [looked, { environment }] = [await reaper.survey(plan.leases, plan.all), await store.read()];
  return looked.filter((one) => one.lease.spawn !== null || isGone(one, environment)).map(({ lease }) => lease);
}

export interface KillResult {
  readonly report: KillReport;
  /** Null if the state has recorded the kill. */
  readonly unrecorded: { readonly error: unknown } | null;
}

/**
 * Kills the project as it is now, releases its slots and writes a record; all of it also where the state cannot be
 * written. Processes have `graceMs` to exit.
 */
export async function carryOutKill(
  { store, reaper }: KillPorts,
  planned: KillPlan,
  graceMs: number,
  history: History,
): Promise<KillResult> {
  const acts = new ActRecord(store);
  const { project, reason } = planned;
  const spared = planned.spared.map(({ lease }) => lease.id);
  const recorded = await acts.begin({ kind: 'end-project', project, why: reason, spared });
  const plan = recorded === null ? planned : { ...planned, ...endingOf(recorded, await store.trust()) };
  const target = targetOfKill(plan);
  const others = async () => othersNow(target, plan.leases, (await store.read()).state);
  const ended = await reaper.end(target, { graceMs, isHard: false, others });
  const over = await goneLeases(plan, { store, reaper });
  await acts.write({ kind: 'ended', leases: over.map(({ id }) => id) });
  const report = reportOf(plan, over, ended, false);
  const evidence = evidenceRecord({ found: report.terminated, skipped: [] });
  history.append({ kind: 'kill', ...killJson(report), evidence });
  return { report, unrecorded: await acts.failure() };
}
