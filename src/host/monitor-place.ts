/** The place of the monitor in a shared state: one for each user, where no other user can take it. */
import { join } from 'node:path';
import { MONITOR_BEAT_MS } from '../core/model/beat.ts';
import { type ProcessRef, sameProcess } from '../core/model/process-ref.ts';
import { orElse } from '../errors.ts';
import { Contender, type ContenderOptions } from '../files/lock-contender.ts';
import { ownFolder } from '../files/own-folder.ts';
import type { MonitorPlace } from '../ports/monitor.ts';

const LOCK = 'monitor.lock';
const LOST_AFTER_MS = 3 * MONITOR_BEAT_MS;
/** The first try may make the lock; the next may see it released. */
const TRIES = 3;

/** Null in a private state, which records its monitor itself. Throws system errors if this user has no folder. */
export function openMonitorPlace(dir: string, options: Omit<ContenderOptions, 'hungAfterMs'>): MonitorPlace | null {
  const inFolder = (own: string) => new Contender(join(own, LOCK), { ...options, hungAfterMs: LOST_AFTER_MS });
  const first = ownFolder(dir);
  if (first === null) return null;
  let contender = inFolder(first);
  const take = (): ProcessRef | null => {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      if (contender.take()) return null;
      const { entry, occupant } = contender;
      // This process has taken it before the folder was moved away and back.
      if (entry !== null && sameProcess(occupant, options.self) && contender.takeOver(entry)) return null;
    }
    contender.close();
    return contender.occupant;
  };
  /** The user's folder may be another one: somebody has moved the folder of all users. */
  const takeAgain = (): ProcessRef | null => {
    const own = ownFolder(dir);
    if (own === null) return null;
    contender.close();
    contender = inFolder(own);
    return take();
  };
  return {
    take,
    keep() {
      try {
        contender.beat();
        return null;
      } catch {
        // Without a folder that can be written, the monitor goes on all the same.
        return orElse(takeAgain, null);
      }
    },
    leave: () => orElse(() => contender.release(), undefined),
  };
}
