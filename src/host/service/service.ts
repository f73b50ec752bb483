import { existsSync } from 'node:fs';
import type { ServiceManager } from '../../ports/context.ts';
import type { Variables } from '../../ports/processes.ts';
import { cronManager } from './cron.ts';
import { answersSystemd, systemdManager } from './systemd.ts';

export interface ServiceOptions {
  readonly dir: string;
  /** As typed; null leaves it to the configuration, whatever that will be. */
  readonly interval: string | null;
  readonly program: string;
  readonly env: Variables;
}

/** What can keep a monitor running here: the system's systemd for root, the user's own, or cron. */
export function openServices({ dir, interval, program, env }: ServiceOptions): ServiceManager {
  const monitor = [process.execPath, program, 'monitor', '--dir', dir];
  const isRoot = process.geteuid?.() === 0;
  const isSystem = isRoot && existsSync('/run/systemd/system') && answersSystemd(true);
  if (isSystem || answersSystemd(false))
    return systemdManager({ words: interval === null ? monitor : [...monitor, '--interval', interval], isSystem, env });
  return cronManager([...monitor, '--once']);
}
