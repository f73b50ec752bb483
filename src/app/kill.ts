/** Plans and carries out the kill of a project. */

import { projectKey } from '../core/model/ids.ts';
import { type Lease, leaseSize } from '../core/model/lease.ts';
import type { QueueEntry } from '../core/model/queue-entry.ts';
import type { Findings, Found } from '../core/reap/find.ts';
import { type Target, targetOf } from '../core/reap/targets.ts';
import type { History } from '../ports/history.ts';
import type { EndedTrees, Orphans, Reaper } from '../ports/reaper.ts';
import type { Store } from '../ports/store.ts';
import { evidenceRecord } from '../render/history/journal.ts';
import { type KillReport, killJson } from '../render/kill.ts';
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
  readonly all: readonly Lease[];
  readonly cancelled: readonly QueueEntry[];
  readonly left: readonly Orphans[];
}

async function endingOf(store: Store, project: string, why: string, isDryRun: boolean) {
  const command = { kind: 'end-project', project, why } as const;
  const committed = await (isDryRun ? store.plan(command) : store.transact(command));
  const { leases, cancelled } = outcomeOf(committed, 'ending', 'kill-outcome-2b6e');
  return { leases, cancelled, all: committed.state.leases };
}

/** Plans the kill and changes nothing. Throws ExpectedError 66 for an unknown project. */
export async function planKill({ store, reaper }: KillPorts, name: string, reason: string): Promise<KillPlan> {
  const ending = await endingOf(store, name, reason, true);
  const project = ending.leases[0]?.project ?? ending.cancelled[0]?.project ?? name;
  const isOwn = ({ project: owner }: Orphans): boolean => owner !== null && projectKey(owner) === projectKey(name);
  const left = (await reaper.orphans(ending.all)).filter(isOwn);
  return { ...ending, project, reason, left };
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
  return leases.filter(isEnded).reduce((sum, lease) => sum + leaseSize(lease), 0);
}

/** The leases to release. Agents inside a spared session (of this command) go on and keep their slots. */
function endedWith(leases: readonly Lease[], found: readonly Found[]): readonly Lease[] {
  const pids = new Set(found.map(({ row }) => row.pid));
  return leases.filter(({ spawn, holder }) => spawn === null || pids.has(holder?.pid ?? 0));
}

function reportOf(
  { project, reason, leases, cancelled }: KillPlan,
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
    slotsReleased: endedWith(over, ended.terminated).reduce((sum, lease) => sum + leaseSize(lease), 0),
    cancelled: cancelled.map(({ ticket }) => ticket),
  };
}

/** The report of a dry run with these findings. */
export const reportOfPlan = (plan: KillPlan, { found, skipped }: Findings): KillReport =>
  reportOf(plan, plan.leases, { terminated: found, skipped, survivors: [] }, true);

/** The leases without a surviving process; the others keep their slots. */
async function goneLeases(plan: KillPlan, ended: EndedTrees, reaper: Reaper): Promise<readonly Lease[]> {
  if (ended.survivors.length === 0) return plan.leases;
  const looked = await reaper.survey(plan.leases, plan.all);
  return looked.filter(({ findings }) => findings.found.length === 0).map(({ lease }) => lease);
}

/** Kills the project as it is now, releases its slots and writes a record. Processes have `graceMs` to exit. */
export async function carryOutKill(
  { store, reaper }: KillPorts,
  planned: KillPlan,
  graceMs: number,
  history: History,
): Promise<KillReport> {
  // The state records the kill first, so that other commands see it and a crash leaves a trace.
  const plan = { ...planned, ...(await endingOf(store, planned.project, planned.reason, false)) };
  const ended = await reaper.end(targetOfKill(plan), { graceMs, isHard: false });
  const over = await goneLeases(plan, ended, reaper);
  await store.transact({ kind: 'ended', leases: over.map(({ id }) => id) });
  const report = reportOf(plan, over, ended, false);
  const evidence = evidenceRecord({ found: report.terminated, skipped: [] });
  history.append({ kind: 'kill', ...killJson(report), evidence });
  return report;
}
