/** node-os-utils behind the few figures that are wanted of it; what it reports as failed is thrown here. */
import { availableParallelism } from 'node:os';
import type { MemoryReading } from '../../core/health/sample.ts';

export interface OsUtils {
  /** Busy share over its own short interval. */
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
  // Only this switches its caches off; its other settings for them are ignored.
  const utils = new OSUtils({ cacheEnabled: false });
  // Without a listener each failure would be thrown out of the promise that reports it.
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
