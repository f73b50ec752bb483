/**
 * The clocks that count since the machine's boot, without what this process's time namespace adds (time_namespaces(7)): they
 * are the same for all processes of the machine, and nobody can set them.
 */
import { readTextOrEmpty } from './read-text.ts';

let offsets: { readonly boottime: number; readonly monotonic: number } | null = null;

function offsetsMs() {
  if (offsets === null) {
    const text = readTextOrEmpty('/proc/self/timens_offsets');
    const of = (clock: string): number => {
      const [, seconds = 0, nanoseconds = 0] =
        new RegExp(`^${clock}\\s+(-?\\d+)\\s+(\\d+)$`, 'm').exec(text)?.map(Number) ?? [];
      return seconds * 1000 + nanoseconds / 1e6;
    };
    offsets = { boottime: of('boottime'), monotonic: of('monotonic') };
  }
  return offsets;
}

/** Milliseconds that start times and uptime as shown to this process are ahead of the machine's. */
export const bootOffsetMs = (): number => offsetsMs().boottime;

/** Milliseconds since boot, with the time that the machine was suspended; null without /proc. */
export function bootClockMs(proc = '/proc'): number | null {
  const shown = Number.parseFloat(readTextOrEmpty(`${proc}/uptime`));
  return Number.isNaN(shown) ? null : shown * 1000 - bootOffsetMs();
}

/** Milliseconds since boot without the time that the machine was suspended. */
export const sinceBootMs = (): number =>
  Number(process.hrtime.bigint() / 1_000_000n) - Math.round(offsetsMs().monotonic);

/** Milliseconds that the machine has been suspended since its boot. */
export const suspendedMs = (): number =>
  Math.max(0, (bootClockMs() ?? 0) - (Number(process.hrtime.bigint() / 1_000_000n) - offsetsMs().monotonic));
