/** The few figures used from node-os-utils; its reported failures are thrown. */
import { availableParallelism } from 'node:os';
import type { MemoryReading } from '../../core/health/sample.ts';

export interface OsUtils {
  /** Busy share over the library's own short interval. */
  cpuPercent(): Promise<number>;
  memory(): Promise<MemoryReading>;
  loadAverage(): Promise<number>;
  cores(): number;
}

interface Result {
  readonly success: boolean;
  readonly data?: unknown;
  readonly error?: { readonly message?: string };
}

function dataOf<T>(result: Result): T {
  if (!result.success) throw new Error(`node-os-utils failed: ${result.error?.message ?? 'without a word'}`);
  return result.data as T;
}

const finite = (value: unknown): number => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`node-os-utils gave ${String(value)}`);
  return value;
};

export async function openOsUtils(): Promise<OsUtils> {
  const { OSUtils } = await import('node-os-utils');
  // Only this setting disables its caches; the library ignores the others.
  const utils = new OSUtils({ cacheEnabled: false });
  // Without a listener each failure would be thrown a second time, outside of its promise.
  for (const monitor of [utils.cpu, utils.memory]) monitor.on('error', () => {});
  return {
    cpuPercent: async () => finite(dataOf(await utils.cpu.usage())),
    async memory() {
      const info = dataOf<{ total: { bytes: number }; available: { bytes: number } }>(await utils.memory.info());
      return { totalBytes: finite(info.total.bytes), availableBytes: finite(info.available.bytes) };
    },
    loadAverage: async () => finite(dataOf<{ load1: number }>(await utils.cpu.loadAverage()).load1),
    cores: () => availableParallelism(),
  };
}
