/** Compares our own readings with those of node-os-utils, taken at the same time. */

import type { CrossCheck } from '../../core/doctor/facts.ts';
import { usedPercent } from '../../core/health/signals.ts';
import { messageOf } from '../../errors.ts';
import type { HealthProbe } from '../../ports/health.ts';
import { type OsUtils, openOsUtils } from '../health/os-utils.ts';

export async function crossCheck(
  health: HealthProbe,
  osUtils: () => Promise<OsUtils> = openOsUtils,
): Promise<CrossCheck> {
  try {
    const utils = await osUtils();
    await health.sample();
    // The library measures for 0.2 s; our reading spans the same time.
    const theirCpu = await utils.cpuPercent();
    const own = await health.sample();
    const theirMemory = usedPercent(await utils.memory());
    return {
      memoryPoints: own.memory === null ? null : Math.abs(usedPercent(own.memory) - theirMemory),
      cpuPoints: own.cpuPercent === null ? null : Math.abs(own.cpuPercent - theirCpu),
      failure: null,
    };
  } catch (error) {
    return { memoryPoints: null, cpuPoints: null, failure: messageOf(error) };
  }
}
