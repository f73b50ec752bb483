/** Processes left behind by runs and Claude sessions: lists, results of ending them, history records. */

import type { HistoryRecord } from '../core/model/record.ts';
import type { Findings } from '../core/reap/find.ts';
import type { ClaudeSession } from '../core/reap/process-row.ts';
import type { EndedTrees, SessionOrphans } from '../ports/reaper.ts';
import { foundJson, processLines, skippedJson, skippedLines } from './kill.ts';
import { survivorsText } from './reaping.ts';
import { processesWord } from './text/counts.ts';

export interface LeftBehind {
  readonly name: string;
  readonly why: string;
  readonly lease: string | null;
  readonly session: ClaudeSession | null;
  readonly findings: Findings;
}

/** Names of sessions elsewhere use as many characters of the id. */
const ID_LETTERS = 8;

const sessionName = ({ pid, id }: ClaudeSession): string =>
  `a Claude session that is gone (pid ${pid}${id === null ? '' : `, session ${id.slice(0, ID_LETTERS)}`})`;

export const leftBySession = ({ session, findings }: SessionOrphans): LeftBehind => ({
  name: sessionName(session),
  why: 'its session has ended',
  lease: null,
  session,
  findings,
});

/** The summary and one line per process; with `isDone` only skipped processes are listed, since the others have ended. */
export const leftBehindLines = ({ name, why, findings: { found, skipped } }: LeftBehind, isDone: boolean): string[] => [
  `${name}: ${processesWord(found.length)}, ${why}`,
  ...(isDone ? skippedLines(skipped) : processLines(found, skipped)),
];

const leftBehindJson = ({ name, why, lease, session, findings }: LeftBehind) => ({
  name,
  why,
  lease,
  session,
  processes: findings.found.map(foundJson),
  skipped: findings.skipped.map(skippedJson),
});

interface Reaped {
  readonly isDryRun: boolean;
  readonly terminated: number;
  readonly survivors: number;
}

/** The published answer of `reap`. */
export const reapJson = (left: readonly LeftBehind[], { isDryRun, terminated, survivors }: Reaped) => ({
  schema_version: 1,
  dry_run: isDryRun,
  orphans: left.map(leftBehindJson),
  terminated,
  survivors,
});

export const orphansRecord = (
  { name, why, session }: LeftBehind,
  { terminated, survivors }: EndedTrees,
): HistoryRecord => ({
  kind: 'orphans',
  name,
  why,
  ...(session === null ? {} : { session }),
  terminated: terminated.map(foundJson),
  survivors: survivors.map(foundJson),
});

/** Log line of the monitor after it ended orphans. */
export const orphansEndedLine = ({ name, why }: LeftBehind, { terminated, survivors }: EndedTrees): string =>
  `ended ${processesWord(terminated.length)} of ${name}: ${why}${survivorsText(survivors)}`;

export function wouldEndOrphansLine({ name, why, findings: { found } }: LeftBehind): string {
  const which = found.map(({ row }) => `${row.pid} ${row.command}`).join(', ');
  return `would end ${processesWord(found.length)} of ${name}: ${why} (${which})`;
}
