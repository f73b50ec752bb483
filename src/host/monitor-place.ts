/** The place of the monitor in a shared state: one for each user, where no other user can take it. */
import { join } from 'node:path';
import { MONITOR_BEAT_MS } from '../core/model/beat.ts';
import { Contender, type ContenderOptions } from '../files/lock-contender.ts';
import { ownFolder } from '../files/own-folder.ts';
import type { MonitorPlace } from '../ports/monitor.ts';

const LOCK = 'monitor.lock';
const LOST_AFTER_MS = 3 * MONITOR_BEAT_MS;
/** The first try may make the lock; the next may see it released. */
const TRIES = 3;

/** Null in a private state, which records its monitor itself. Throws system errors if this user has no folder. */
export function openMonitorPlace(dir: string, options: Omit<ContenderOptions, 'hungAfterMs'>): MonitorPlace | null {
  const own = ownFolder(dir);
  if (own === null) return null;
  const contender = new Contender(join(own, LOCK), { ...options, hungAfterMs: LOST_AFTER_MS });
  return {
    take() {
      for (let tries = 1; tries <= TRIES; tries += 1) if (contender.take()) return null;
      contender.close();
      return contender.occupant;
    },
    keep() {
      try {
        contender.beat();
        return null;
      } catch {
        // Another monitor has taken it, or the state's disk cannot be written.
        const attempt = contender.tryFree();
        return attempt.held ? null : contender.occupant;
      }
    },
    leave: () => contender.release(),
  };
}
