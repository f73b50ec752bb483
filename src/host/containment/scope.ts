/**
 * Containment by the user's systemd: a transient scope, whose cgroup the command joins before it starts. Used where the
 * kernel's own folders are not ours to write.
 */
import { existsSync, readFileSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a user's systemd can be spoken to, by looking only: a try costs ten milliseconds and a child process. */
export function offersScopes(env: Environment, root = ''): boolean {
  const runtime = env.XDG_RUNTIME_DIR;
  if (!runtime || !existsSync(`${root}/run/systemd/system`)) return false;
  return existsSync(`${runtime}/systemd/private`) && existsSync(`${root}/usr/bin/systemd-run`);
}

/** The words before the command that put it into a scope of its own; in scope mode systemd-run becomes the command. */
export function scopeWords(mark: string, memoryBytes: number | null): string[] {
  const properties = ['Delegate=yes', 'KillMode=control-group', 'TimeoutStopSec=10', 'OOMPolicy=continue'];
  if (memoryBytes !== null) properties.push(`MemoryMax=${memoryBytes}`);
  return [
    'systemd-run',
    '--user',
    '--scope',
    '--quiet',
    '--collect',
    '--expand-environment=no',
    `--unit=resource-manager-${mark}`,
    ...properties.flatMap((property) => ['-p', property]),
    '--',
  ];
}

/** The cgroup folder of a process, below the mount; null when it cannot be told. */
export function groupOf(mount: string, pid: number, proc = '/proc'): string | null {
  try {
    const path = /^0::(\/.*)$/m.exec(readFileSync(`${proc}/${pid}/cgroup`, 'utf8'))?.[1];
    return path === undefined ? null : `${mount}${path}`;
  } catch {
    return null;
  }
}
