import { existsSync } from 'node:fs';
import { EXIT, ExpectedError } from '../../errors.ts';
import type { Variables } from '../../ports/host.ts';
import type { ServiceManager } from '../../ports/service.ts';
import { cronManager } from './cron.ts';
import { checkWords, serviceEnvironment } from './environment.ts';
import { answersSystemd, systemdManager } from './systemd.ts';

export interface ServiceOptions {
  readonly dir: string;
  /** Interval as typed; null uses the configured one at run time. */
  readonly interval: string | null;
  readonly program: string;
  readonly env: Variables;
}

/** Selects the service manager for the monitor: the system's systemd for root, the user's systemd, or cron. */
export function openServices({ dir, interval, program, env }: ServiceOptions): ServiceManager {
  const monitor = [process.execPath, program, 'monitor', '--dir', dir];
  checkWords(monitor);
  const environment = serviceEnvironment(env, dir, process.cwd());
  const isRoot = process.geteuid?.() === 0;
  const isSystem = isRoot && existsSync('/run/systemd/system') && answersSystemd(true);
  if (isSystem || answersSystemd(false))
    return systemdManager({
      words: interval === null ? monitor : [...monitor, '--interval', interval],
      environment,
      isSystem,
      env,
    });
  if (interval !== null)
    throw new ExpectedError('usage', '--interval needs systemd: cron runs the monitor once a minute', {
      hint: 'without it: resource-manager service install',
      exit: EXIT.usage,
    });
  return cronManager([...monitor, '--once'], environment);
}
