/** Result or dry run of a kill, as text and as JSON. */

import { type Lease, leaseSize } from '../core/model/lease.ts';
import type { Found, Skipped } from '../core/reap/find.ts';
import type { Styles } from '../ports/styles.ts';
import { agentsWord, processesWord, slotsWord } from './text/counts.ts';
import { mark } from './text/styles.ts';

/** A lease with processes of another user; `uid` is null if nobody vouches for them. */
export interface SparedLease {
  readonly lease: Lease;
  readonly uid: number | null;
}

export interface KillReport {
  readonly project: string;
  readonly reason: string;
  readonly isDryRun: boolean;
  readonly agents: number;
  readonly terminated: readonly Found[];
  readonly skipped: readonly Skipped[];
  readonly survivors: readonly Found[];
  readonly slotsReleased: number;
  /** Slots of leases with processes that run on. */
  readonly slotsKept: number;
  readonly spared: readonly SparedLease[];
  readonly cancelled: readonly string[];
}

export const foundJson = ({ row, evidence }: Found) => ({ pid: row.pid, command: row.command, evidence });
export const skippedJson = ({ row, why }: Skipped) => ({ pid: row.pid, command: row.command, why });

export const killJson = (report: KillReport) => ({
  schema_version: 1,
  project: report.project,
  dry_run: report.isDryRun,
  terminated: report.terminated.map(foundJson),
  skipped: report.skipped.map(skippedJson),
  survivors: report.survivors.map((found) => ({ ...foundJson(found), state: found.row.state })),
  agents_terminated: report.agents,
  slots_released: report.slotsReleased,
  slots_kept: report.slotsKept,
  spared: report.spared.map(({ lease, uid }) => ({ lease: lease.id, slots: leaseSize(lease), uid })),
  cancelled: report.cancelled,
  reason: report.reason,
});

/** The result in one line. */
export function killLine(answer: ReturnType<typeof killJson>): string {
  const { project, agents_terminated: agents, terminated, slots_released: slots, survivors, cancelled } = answer;
  const places = cancelled.length === 0 ? '' : `, ${cancelled.join(', ')} removed from the queue`;
  const left = survivors.length === 0 ? '' : `, ${processesWord(survivors.length)} still running`;
  return `${project}: ${agentsWord(agents)} terminated (${processesWord(terminated.length)}), ${slotsWord(slots)} released${places}${left}`;
}

/** One line per process with its evidence. */
export function processLines(found: readonly Found[], skipped: readonly Skipped[]): string[] {
  const ended = found.map(({ row, evidence }) => `   ${String(row.pid).padStart(7)}  ${row.command}  (${evidence})`);
  return [...ended, ...skippedLines(skipped)];
}

export const skippedLines = (skipped: readonly Skipped[]): string[] =>
  skipped.map(({ row, why }) => `   skipped ${row.pid} ${row.command}: ${why}`);

export function killText(report: KillReport, styles: Styles): string {
  const { project, isDryRun, agents, terminated, slotsReleased, slotsKept, cancelled, survivors, spared } = report;
  const verb = isDryRun ? 'Would kill' : 'Killing';
  const lines = [`${mark(styles, '⚠️ ', '')}${styles.warn(`${verb} all ${project} agents...`)}`];
  lines.push(
    `   ${agentsWord(agents)} ${isDryRun ? 'to terminate' : 'terminated'} (${processesWord(terminated.length)})`,
  );
  lines.push(`   ${slotsWord(slotsReleased)} ${isDryRun ? 'to release' : 'released'}`);
  const sparedSlots = spared.reduce((sum, { lease }) => sum + leaseSize(lease), 0);
  if (slotsKept > sparedSlots) lines.push(`   ${slotsWord(slotsKept - sparedSlots)} kept by processes that run on`);
  for (const { lease, uid } of spared)
    lines.push(
      `   ${lease.id} is left alone and keeps ${slotsWord(leaseSize(lease))}: ${uid === null ? 'no user has recorded its processes as its own' : `it is of user ${uid}`}`,
    );
  if (cancelled.length > 0) lines.push(`   ${cancelled.join(', ')} removed from the queue`);
  if (isDryRun) lines.push(...processLines(terminated, []));
  lines.push(...skippedLines(report.skipped));
  for (const { row } of survivors) lines.push(styles.bad(`   still running: ${row.pid} ${row.command} (${row.state})`));
  return [...lines, '', `Reason: ${report.reason}`].join('\n');
}
