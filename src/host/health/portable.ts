/**
 * Samples machines without /proc through node-os-utils, with its caches off and its errors caught. Its disk percentage
 * differs from `df`, so the disk is read directly; a figure in KiB that it labels as bytes is rejected.
 */

import { totalmem } from 'node:os';
import type { DiskReading, MachineSample, MemoryReading } from '../../core/health/sample.ts';
import type { Instant } from '../../core/model/instants.ts';
import { messageOf } from '../../errors.ts';
import type { HealthProbe } from '../../ports/health.ts';
import { openDisk, type Statfs } from './disk.ts';
import { type OsUtils, openOsUtils } from './os-utils.ts';

export interface PortableHealthOptions {
  readonly paths: readonly string[];
  readonly now: () => Instant;
  readonly statfs?: Statfs;
  readonly osUtils?: () => Promise<OsUtils>;
}

/** The library's total may differ from the system's by the firmware's share only. */
const BELIEVED_WITHIN = 0.05;

const PLAIN = { unexplainedBytes: 0, isSoft: false };

export function believed(memory: MemoryReading, totalBytes: number): MemoryReading {
  if (Math.abs(memory.totalBytes - totalBytes) > totalBytes * BELIEVED_WITHIN)
    throw new Error(`node-os-utils says ${memory.totalBytes} bytes in all, the system ${totalBytes}`);
  return memory;
}

export function portableHealth({ paths, now, statfs, osUtils = openOsUtils }: PortableHealthOptions): HealthProbe {
  const readDisk = openDisk(paths, now, statfs);
  return {
    async sample(): Promise<MachineSample> {
      const failures: string[] = [];
      const tried = async <T>(probe: string, read: () => Promise<T>): Promise<T | null> => {
        try {
          return await read();
        } catch (error) {
          failures.push(`${probe}: ${messageOf(error)}`);
          return null;
        }
      };
      const at = now();
      const utils = await tried('node-os-utils', osUtils);
      const [cpuPercent, memory, loadAverage, disk] = await Promise.all([
        utils && tried('processors', utils.cpuPercent),
        utils && tried('memory', async () => ({ ...believed(await utils.memory(), totalmem()), ...PLAIN })),
        utils && tried('load', utils.loadAverage),
        tried<DiskReading>('disk', readDisk),
      ]);
      const pressure = { cpuSome: null, memoryFull: null, ioFull: null };
      const known = { at, cpuPercent, memory, loadAverage, cores: utils?.cores() ?? 1, disk, pressure, failures };
      return { ...known, stealPercent: null, swap: null, isLoadOfHost: false, tasks: null };
    },
  };
}
