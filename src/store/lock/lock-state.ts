import { join } from 'node:path';
import type { Settings } from '../../core/settings/settings.ts';
import type { FileStoreOptions } from '../store-options.ts';
import { type HeldLock, takeLock } from './lock.ts';

export const LOCK_DIR = 'slots.yaml.lock';

/** Takes the lock of the state. Throws ExpectedError 75 when it is not had in time. */
export async function lockState(options: FileStoreOptions, settings: Settings): Promise<HeldLock> {
  return takeLock(join(options.dir, LOCK_DIR), {
    self: options.self,
    isDead: (ref) => options.observe([ref]).size > 0,
    nowMs: options.now,
    timeoutMs: options.lockWaitMs ?? settings.lockWaitMs,
    hungAfterMs: settings.lockTakeoverMs,
  });
}
