/**
 * The beat of a process: its last sign of life, for observers in other pid namespaces, where nobody can see whether it lives.
 * The clock counts milliseconds since boot, is the same in every namespace, cannot be set, and stands still in a suspend.
 */

import { type ProcessRef, processKey } from './process-ref.ts';

export interface Beat {
  /** Milliseconds in which the next beat is promised. */
  readonly everyMs: number;
  /** Milliseconds since boot. */
  readonly atMs: number;
}

/** The last beat of a process, as seen by an observer. */
export interface LastBeat {
  readonly everyMs: number;
  /** Milliseconds since then. */
  readonly ageMs: number;
}

/** Number of the machine's first pid namespace (PROC_PID_INIT_INO of Linux); its processes can be seen from everywhere they matter. */
export const FIRST_PID_NAMESPACE = 4026531836;

/** Beats in a row without which a process counts as dead. */
export const MISSED_BEATS = 3;

/** Promise of processes that stay and beat by themselves: a run, a waiting request. */
export const STEADY_BEAT_MS = 30_000;

/** Promise of a monitor, wherever it runs. */
export const MONITOR_BEAT_MS = 5_000;

export const isMissed = ({ everyMs, atMs }: Beat, nowMs: number): boolean => nowMs - atMs > MISSED_BEATS * everyMs;

/** Name of the file with the beats of a process; null for a record that can have none. */
export function beatName(ref: ProcessRef): string | null {
  const key = processKey(ref);
  return /^\d+\.\d+\.\w*\.\d*$/.test(key) ? key : null;
}

/** The text of a beat. All have the same length, so that one is written over another. */
export const beatText = ({ everyMs, atMs }: Beat): string =>
  `every=${String(everyMs).padStart(12, '0')} at=${String(atMs).padStart(15, '0')}\n`;

/** The beat in a text; null for any other text. */
export function beatIn(text: string): Beat | null {
  const match = /^every=(\d{12}) at=(\d{15})\n$/.exec(text);
  return match === null ? null : { everyMs: Number(match[1]), atMs: Number(match[2]) };
}

/**
 * The beat to write now, or null if the last one is recent enough. The shorter promise counts: whoever gave it keeps it.
 */
export function nextBeat(last: Beat | null, everyMs: number, nowMs: number): Beat | null {
  const next = { everyMs: Math.min(everyMs, last?.everyMs ?? everyMs), atMs: nowMs };
  const isRecent = last !== null && next.everyMs === last.everyMs && nowMs >= last.atMs;
  return isRecent && nowMs - last.atMs < next.everyMs / 4 ? null : next;
}
