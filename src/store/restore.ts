/** Restores the last good revision over a damaged one. */
import { join } from 'node:path';
import { ExpectedError, orSystemError } from '../errors.ts';
import { replaceFile } from '../files/atomic.ts';
import { type FileText, isUnchanged, readText } from '../files/text-file.ts';
import { hasSoundBackup } from './damage.ts';
import { parseSlots } from './document/slots-document.ts';
import { SLOTS_FILE } from './file-store.ts';
import { commitText } from './lock/commit.ts';
import type { HeldLock } from './lock/lock.ts';

/**
 * Replaces an unreadable slots.yaml by slots.yaml.bak and keeps the old file beside it. False if the file is sound, has
 * changed meanwhile, or the backup is damaged too; then nothing changes.
 */
export async function restoreBackup(dir: string, nowMs: number, takeLock: () => Promise<HeldLock>): Promise<boolean> {
  const path = join(dir, SLOTS_FILE);
  const isSound = async ({ text, bytes }: FileText): Promise<boolean> => {
    if (!Buffer.from(text).equals(bytes)) return false;
    try {
      await parseSlots(path, text, null);
      return true;
    } catch (error) {
      if (error instanceof ExpectedError) return false;
      throw error;
    }
  };
  const lock = await takeLock();
  try {
    const present = readText(path, null, true);
    const backup = (await hasSoundBackup(path)) ? readText(`${path}.bak`) : null;
    if (backup === null) return false;
    const isCutOff = (text: string): boolean =>
      ['leases', 'queue'].some((key) => !new RegExp(`^${key}:`, 'm').test(text));
    if (present !== null && (await isSound(present)) && !isCutOff(present.text)) return false;
    if (!isUnchanged(path, present?.mark ?? null)) return false;
    if (present !== null) {
      const kept = `${path}.damaged-${new Date(nowMs).toISOString().replaceAll(':', '')}`;
      const traits = { mode: present.mark.mode, owner: present.mark, isDurable: true };
      orSystemError('keep a copy at', kept, () => replaceFile(kept, present.bytes, traits));
    }
    commitText(path, backup.text, backup.mark, lock.folder);
    return true;
  } finally {
    lock.release();
  }
}
