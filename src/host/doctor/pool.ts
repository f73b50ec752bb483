/** Reads owners and modes in the folder of a state for doctor; changes nothing. */
import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { EntryKind, LockLooks, PoolEntry, PoolFacts } from '../../core/doctor/pool.ts';
import { orElse } from '../../errors.ts';
import { parseEntry } from '../../files/lock-folder.ts';
import { isShared, ownUid } from '../../files/trust.ts';
import { groupName } from '../group.ts';

const LOOKS = 10;
const LOOK_EVERY_MS = 50;

function kindOf(stat: Stats): EntryKind {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  if (stat.isSymbolicLink()) return 'link';
  if (stat.isFIFO()) return 'pipe';
  return stat.isSocket() ? 'socket' : 'device';
}

function entryAt(dir: string, name: string): PoolEntry | null {
  const stat = lstatSync(join(dir, name), { throwIfNoEntry: false });
  return stat === undefined
    ? null
    : { name, kind: kindOf(stat), uid: stat.uid, gid: stat.gid, mode: stat.mode & 0o7777 };
}

/** Names below a folder of the state; none if it is a link, or may not be read. */
function namesIn(dir: string, folder: string): readonly string[] {
  if (entryAt(dir, folder)?.kind !== 'folder') return [];
  return orElse(() => readdirSync(join(dir, folder)), []).map((name) => `${folder}/${name}`);
}

/** User of the process that holds the lock, or of the entry where that process is not seen; null if the lock is free. */
function holderOf(lockDir: string): number | null {
  const entry = orElse(() => readdirSync(lockDir), []).find((name) => name !== 'free');
  if (entry === undefined) return null;
  const pid = parseEntry(entry)?.pid;
  const ofProcess = orElse(() => statSync(`/proc/${pid}`).uid, null);
  return ofProcess ?? orElse(() => lstatSync(join(lockDir, entry)).uid, null);
}

async function lookAtLock(lockDir: string): Promise<LockLooks> {
  const heldBy = new Map<number, number>();
  for (let look = 0; look < LOOKS; look += 1) {
    const uid = holderOf(lockDir);
    if (uid === null && heldBy.size === 0) return { looks: look + 1, heldBy };
    if (uid !== null) heldBy.set(uid, (heldBy.get(uid) ?? 0) + 1);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return { looks: LOOKS, heldBy };
}

/** The facts of a state that other users may write to, or that belongs to another user; null for one's own. */
export async function readPool(dir: string): Promise<PoolFacts | null> {
  const folder = entryAt(dir, '.');
  if (folder === null || !isShared(dir)) return null;
  const names = [...readdirSync(dir), ...namesIn(dir, 'history'), ...namesIn(dir, 'users')];
  return {
    dir,
    uid: ownUid(),
    groups: [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])],
    folder,
    groupName: groupName(folder.gid),
    entries: names.flatMap((name) => entryAt(dir, name) ?? []),
    lock: await lookAtLock(join(dir, 'slots.yaml.lock')),
  };
}
