/**
 * Containment by the user's systemd: a transient scope, whose cgroup the command joins before it starts. It is used
 * where the cgroup folders are not writable.
 */
import { existsSync } from 'node:fs';
import type { Variables } from '../../ports/host.ts';
import { readTextOrEmpty } from '../read-text.ts';

/** True if a user's systemd seems reachable; only looks, because a try costs 10 ms and a child process. */
export function offersScopes(env: Variables, root = ''): boolean {
  const runtime = env.XDG_RUNTIME_DIR;
  if (!runtime || !existsSync(`${root}/run/systemd/system`)) return false;
  return existsSync(`${runtime}/systemd/private`) && existsSync(`${root}/usr/bin/systemd-run`);
}

/** Command prefix that puts the command into its own scope; systemd-run then becomes the command. */
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

/** Cgroup folder of a process, below the mount; null if unknown. */
export function groupOf(mount: string, pid: number, proc = '/proc'): string | null {
  const path = /^0::(\/.*)$/m.exec(readTextOrEmpty(`${proc}/${pid}/cgroup`))?.[1];
  return path === undefined ? null : `${mount}${path}`;
}
