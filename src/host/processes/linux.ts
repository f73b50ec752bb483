/** Reads processes from /proc: no child process, a few microseconds each. */
import { readlinkSync } from 'node:fs';
import type { ProcessRef } from '../../core/model/process-ref.ts';
import { processKey } from '../../core/model/process-ref.ts';
import type { Processes } from '../../ports/host.ts';
import { readTextOrNull } from '../read-text.ts';
import { hasNoProcess } from './gone.ts';
import { readLine } from './line.ts';
import type { ProcStat } from './stat.ts';
import { isOver, parseStat } from './stat.ts';

export function linuxProcesses(proc = '/proc'): Processes {
  let boot: string | null | undefined;
  let namespace: number | null | undefined;

  const bootId = (): string | null => {
    boot ??= readTextOrNull(`${proc}/sys/kernel/random/boot_id`)?.trim().replaceAll('-', '').slice(0, 12) ?? null;
    return boot;
  };
  const pidNamespace = (): number | null => {
    if (namespace !== undefined) return namespace;
    try {
      namespace = Number(/\d+/.exec(readlinkSync(`${proc}/self/ns/pid`))?.[0] ?? Number.NaN) || null;
    } catch {
      namespace = null;
    }
    return namespace;
  };
  const stat = (pid: number): ProcStat | null => {
    try {
      return parseStat(readLine(`${proc}/${pid}/stat`));
    } catch {
      return null;
    }
  };
  const isDead = (ref: ProcessRef): boolean => {
    if (ref.boot !== null && bootId() !== null && ref.boot !== bootId()) return true;
    if (ref.ns !== null && pidNamespace() !== null && ref.ns !== pidNamespace()) return false;
    const now = stat(ref.pid);
    if (now === null) return hasNoProcess(ref.pid);
    return now.started !== ref.started || isOver(now);
  };

  return {
    find(pid) {
      const now = stat(pid);
      if (now === null || isOver(now)) return null;
      return { pid, started: now.started, boot: bootId(), ns: pidNamespace(), command: now.command };
    },
    look(pid) {
      const now = stat(pid);
      const argv = readTextOrNull(`${proc}/${pid}/cmdline`)?.split('\0') ?? [];
      return now === null ? null : { parent: now.parent, argv };
    },
    proveDead(refs) {
      const dead = new Set<string>();
      const seen = new Set<string>();
      for (const ref of refs) {
        const key = processKey(ref);
        if (seen.has(key)) continue;
        seen.add(key);
        if (isDead(ref)) dead.add(key);
      }
      return dead;
    },
  };
}
