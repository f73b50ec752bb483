/** The folder of a lock and the names of its entries; `lock-contender.ts` moves them. */
import { chmodSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProcessRef } from '../core/model/process-ref.ts';
import { errnoOf } from '../errors.ts';
import { nonce, removeEmpty } from './open-folder.ts';

export interface Occupant extends ProcessRef {
  readonly sinceMs: number;
}

export const FREE = 'free';
const HOLDER = /^held\.(\d+)\.(\d+)\.([0-9a-z]*)\.(\d*)\.(\d+)\.[0-9a-z]+$/;

let acquisitions = 0;

/** A name for the folder of a holder; no two are the same. */
export function entryName({ pid, started, boot, ns }: ProcessRef, nowMs: number): string {
  acquisitions += 1;
  const unique = `${nonce()}${acquisitions.toString(36)}`;
  return `held.${pid}.${started}.${boot ?? ''}.${ns ?? ''}.${nowMs}.${unique}`;
}

/** The holder that an entry names; null for an entry that is not ours. */
export function parseEntry(name: string): Occupant | null {
  const match = HOLDER.exec(name);
  if (!match) return null;
  const [, pid, started, boot, ns, since] = match;
  return {
    pid: Number(pid),
    started: Number(started),
    boot: boot || null,
    ns: ns ? Number(ns) : null,
    command: null,
    sinceMs: Number(since),
  };
}

/** The process that holds a lock now; null if it is free or not made yet, `unknown` if that cannot be read. */
export function holderOfLock(lockDir: string): ProcessRef | null | 'unknown' {
  try {
    const entries = readdirSync(lockDir);
    if (entries.includes(FREE)) return null;
    const holders = entries.flatMap((name) => parseEntry(name) ?? []);
    return holders[0] ?? 'unknown';
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? null : 'unknown';
  }
}

/** Makes the lock directory by renaming a prepared one to its name, which must be absent or an empty folder. */
export function makeLockDir(lockDir: string, mine: string): void {
  const prepared = join(dirname(lockDir), `.${basename(lockDir)}.${mine}`);
  // Every user who may write the state must be able to lock it, independent of the umask.
  const mode = statSync(dirname(lockDir)).mode & 0o2777;
  try {
    for (const folder of [prepared, join(prepared, FREE)]) {
      mkdirSync(folder);
      chmodSync(folder, mode);
    }
    renameSync(prepared, lockDir);
  } catch (error) {
    // Not recursive: a folder or link of another user is never entered.
    for (const folder of [join(prepared, FREE), prepared]) removeEmpty(folder);
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
  }
}
