/** Reads processes from /proc: no child process, a few microseconds each. */
import { readlinkSync } from 'node:fs';
import { type ProcessRef, processKey } from '../../core/model/process-ref.ts';
import { orElse } from '../../errors.ts';
import type { Processes } from '../../ports/host.ts';
import { readTextOrNull } from '../read-text.ts';
import { hasNoProcess } from './gone.ts';
import { isOver, statOf } from './stat.ts';

export function linuxProcesses(proc = '/proc'): Processes {
  let boot: string | null | undefined;
  let namespace: number | null | undefined;

  const bootId = (): string | null => {
    boot ??= readTextOrNull(`${proc}/sys/kernel/random/boot_id`)?.trim().replaceAll('-', '').slice(0, 12) ?? null;
    return boot;
  };
  const pidNamespace = (): number | null => {
    if (namespace !== undefined) return namespace;
    const link = orElse(() => readlinkSync(`${proc}/self/ns/pid`), '');
    namespace = Number(/\d+/.exec(link)?.[0] ?? Number.NaN) || null;
    return namespace;
  };
  const isDead = (ref: ProcessRef): boolean => {
    if (ref.boot !== null && bootId() !== null && ref.boot !== bootId()) return true;
    if (ref.ns !== null && pidNamespace() !== null && ref.ns !== pidNamespace()) return false;
    const now = statOf(proc, ref.pid);
    if (now === null) return hasNoProcess(ref.pid);
    return now.started !== ref.started || isOver(now);
  };

  return {
    find(pid) {
      const now = statOf(proc, pid);
      if (now === null || isOver(now)) return null;
      return { pid, started: now.started, boot: bootId(), ns: pidNamespace(), command: now.command };
    },
    look(pid) {
      const now = statOf(proc, pid);
      const argv = readTextOrNull(`${proc}/${pid}/cmdline`)?.split('\0') ?? [];
      return now === null ? null : { parent: now.parent, session: now.session, argv };
    },
    proveDead(refs) {
      const byKey = new Map(refs.map((ref) => [processKey(ref), ref]));
      return new Set([...byKey].filter(([, ref]) => isDead(ref)).map(([key]) => key));
    },
  };
}
