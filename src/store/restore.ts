/** Restores the last good revision over a damaged one. */
import { ExpectedError, orElse, orSystemError } from '../errors.ts';
import { replaceFile } from '../files/atomic.ts';
import { setAside } from '../files/open-folder.ts';
import { type FileText, isUnchanged, readText } from '../files/text-file.ts';
import { hasSoundBackup } from './damage.ts';
import { parseSlots } from './document/slots-document.ts';
import { commitText } from './lock/commit.ts';
import type { HeldLock } from './lock/lock.ts';

/** Version of the text as a state; null if it is none. */
async function versionOf(path: string, { text, bytes }: FileText): Promise<number | null> {
  if (!Buffer.from(text).equals(bytes)) return null;
  try {
    return (await parseSlots(path, text, null)).state.version;
  } catch (error) {
    if (error instanceof ExpectedError) return null;
    throw error;
  }
}

const isCutOff = (text: string): boolean => ['leases', 'queue'].some((key) => !new RegExp(`^${key}:`, 'm').test(text));

/**
 * Replaces an unreadable slots.yaml at `path` by slots.yaml.bak and keeps what was there beside it. False if the file is
 * sound, has changed meanwhile, or the backup is damaged too; then nothing changes. Throws ExpectedError (74, 75, 77).
 */
export async function restoreBackup(path: string, nowMs: number, takeLock: () => Promise<HeldLock>): Promise<boolean> {
  const lock = await takeLock();
  try {
    const backup = (await hasSoundBackup(path)) ? readText(`${path}.bak`) : null;
    if (backup === null) return false;
    const present = orElse(() => readText(path, null, true), 'unusable');
    if (present === 'unusable') setAside(path);
    else if (present !== null) {
      const version = await versionOf(path, present);
      const isSound = version !== null && version <= ((await versionOf(path, backup)) ?? 0);
      if (isSound && !isCutOff(present.text)) return false;
      if (!isUnchanged(path, present.mark)) return false;
      const kept = `${path}.damaged-${new Date(nowMs).toISOString().replaceAll(':', '')}`;
      const traits = { mode: present.mark.mode, owner: present.mark, isDurable: true };
      orSystemError('keep a copy at', kept, () => replaceFile(kept, present.bytes, traits));
    } else if (!isUnchanged(path, null)) return false;
    commitText(path, backup.text, backup.mark, lock.folder);
    return true;
  } finally {
    lock.release();
  }
}
