/** Pressure stall information: share of time in which work stalled, between two readings. */
import type { PressureReading } from '../../core/health/sample.ts';
import { tryProbe } from './text.ts';

/** Total microseconds of one line of /proc/pressure/*; null if the line is absent. */
export function stalledUs(text: string | null, kind: 'some' | 'full'): number | null {
  const match = text === null ? null : new RegExp(`^${kind} .*\\btotal=(\\d+)`, 'm').exec(text);
  return match ? Number(match[1]) : null;
}

const KINDS = { cpuSome: ['cpu', 'some'], memoryFull: ['memory', 'full'], ioFull: ['io', 'full'] } as const;
type Name = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as Name[];

/** Shares since the previous call, 0 to 100. A kernel without pressure information gives null, which is no failure. */
export function openPressure(proc: string, nowMs: () => number): () => PressureReading {
  let before: { readonly atMs: number; readonly us: Readonly<Record<Name, number | null>> } | null = null;
  return () => {
    const read = (name: Name): number | null =>
      stalledUs(tryProbe(`${proc}/pressure/${KINDS[name][0]}`), KINDS[name][1]);
    const us = Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Record<Name, number | null>;
    const last = before;
    const atMs = nowMs();
    before = { atMs, us };
    const share = (name: Name): number | null => {
      const [now, then] = [us[name], last?.us[name] ?? null];
      const elapsedUs = last === null ? 0 : (atMs - last.atMs) * 1000;
      return now === null || then === null || elapsedUs <= 0
        ? null
        : Math.min(100, Math.max(0, (100 * (now - then)) / elapsedUs));
    };
    return { cpuSome: share('cpuSome'), memoryFull: share('memoryFull'), ioFull: share('ioFull') };
  };
}
