/** Pressure stall information: share of time in which work stalled, between two readings. */
import type { PressureReading } from '../../core/health/sample.ts';
import type { CpuQuota } from './processors.ts';
import { tryProbe } from './text.ts';

/** Total microseconds of one line of /proc/pressure/*; null if the line is absent. */
export function stalledUs(text: string | null, kind: 'some' | 'full'): number | null {
  const match = text === null ? null : new RegExp(`^${kind} .*\\btotal=(\\d+)`, 'm').exec(text);
  return match ? Number(match[1]) : null;
}

/** Limits whose own stalls count; null where the machine itself is the limit. */
export interface PressureScope {
  /** Folder of the group that limits memory. */
  readonly memory: string | null;
  readonly quota: CpuQuota | null;
  /** Folder of the own group where its processors are a part of the machine; empty without a group. */
  readonly set: string | null;
}

interface Mark {
  /** Source of the figure: two readings of different sources are not compared. */
  readonly of: string;
  readonly part: number;
  /** Null where the elapsed time is the whole, in microseconds. */
  readonly whole: number | null;
}

type Name = keyof PressureReading;
const NAMES: readonly Name[] = ['cpuSome', 'memoryFull', 'ioFull'];

function markOf(of: string, kind: 'some' | 'full'): Mark | null {
  const part = stalledUs(tryProbe(of), kind);
  return part === null ? null : { of, part, whole: null };
}

/** The stalls for memory of the machine, or of the group in `folder` that limits it. */
const memoryMark = (proc: string, folder: string | null): Mark | null =>
  markOf(folder === null ? `${proc}/pressure/memory` : `${folder}/memory.pressure`, 'full');

/** Whether the kernel tells how long work stalls for memory. */
export const hasMemoryPressure = (proc: string, folder: string | null): boolean => memoryMark(proc, folder) !== null;

/** Work of a group waits for its quota. A v1 group has no pressure file, but counts the periods in which it had to stop. */
function quotaMark({ folder, periods }: CpuQuota): Mark | null {
  const own = markOf(`${folder}/cpu.pressure`, 'some');
  const counted = own === null ? periods() : null;
  return counted === null ? own : { of: folder, part: counted.throttled, whole: counted.all };
}

/**
 * Shares since the previous call, 0 to 100, of the limited group where there is one: the stalls of a whole host say
 * nothing about it. A kernel without pressure information gives null, which is no failure.
 */
export function openPressure(proc: string, nowMs: () => number): (scope: PressureScope) => PressureReading {
  let before: { readonly atMs: number; readonly marks: Readonly<Record<Name, Mark | null>> } | null = null;
  return ({ memory, quota, set }) => {
    const marks: Record<Name, Mark | null> = {
      cpuSome:
        quota === null
          ? markOf(set === null ? `${proc}/pressure/cpu` : `${set}/cpu.pressure`, 'some')
          : quotaMark(quota),
      memoryFull: memoryMark(proc, memory),
      ioFull: markOf(`${proc}/pressure/io`, 'full'),
    };
    const last = before;
    const atMs = nowMs();
    before = { atMs, marks };
    const share = (name: Name): number | null => {
      const [now, then] = [marks[name], last?.marks[name] ?? null];
      if (last === null || now === null || then === null || now.of !== then.of) return null;
      const whole = now.whole === null ? (atMs - last.atMs) * 1000 : now.whole - (then.whole ?? 0);
      // A group that asked for nothing began no period.
      if (whole <= 0) return now.whole === null ? null : 0;
      return Math.min(100, Math.max(0, (100 * (now.part - then.part)) / whole));
    };
    const [cpuSome, memoryFull, ioFull] = NAMES.map(share) as [number | null, number | null, number | null];
    return { cpuSome, memoryFull, ioFull };
  };
}
