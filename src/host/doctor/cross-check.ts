/** Our own way of measuring beside node-os-utils', over the same moment. */

import type { CrossCheck } from '../../core/doctor/facts.ts';
import { usedPercent } from '../../core/health/signals.ts';
import type { HealthProbe } from '../../ports/context.ts';
import { whyOf } from '../health/linux.ts';
import { type OsUtils, openOsUtils } from '../health/os-utils.ts';

export async function crossCheck(
  health: HealthProbe,
  osUtils: () => Promise<OsUtils> = openOsUtils,
): Promise<CrossCheck> {
  try {
    const utils = await osUtils();
    await health.sample();
    // It measures over a fifth of a second of its own; ours begins and ends with it.
    const theirCpu = await utils.cpuPercent();
    const own = await health.sample();
    const theirMemory = usedPercent(await utils.memory());
    return {
      memoryPoints: own.memory === null ? null : Math.abs(usedPercent(own.memory) - theirMemory),
      cpuPoints: own.cpuPercent === null ? null : Math.abs(own.cpuPercent - theirCpu),
      failure: null,
    };
  } catch (error) {
    return { memoryPoints: null, cpuPoints: null, failure: whyOf(error) };
  }
}
