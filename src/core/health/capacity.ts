/**
 * How many slots the machine's health allows: multiplicative down, additive up. Running agents are never touched by it.
 */
import { elapsedMs } from '../model/instants.ts';
import type { State, VmState } from '../model/state.ts';
import { effectiveMaxSlots, usedSlots } from '../model/state.ts';
import type { AutoScale, MonitorSettings } from '../settings/health.ts';

/**
 * The machine's state with the capacity that follows from its health; `state` is the one before the sample. While
 * strained, half of what is free goes at each step; while healthy, one slot comes back at each.
 */
export function adjustCapacity(
  state: State,
  vm: VmState,
  isPartlyUnknown: boolean,
  autoScale: AutoScale,
  settings: MonitorSettings,
): VmState {
  const ceiling = Math.min(state.maxSlots, autoScale.ceiling ?? state.maxSlots);
  if (!autoScale.enabled) return { ...vm, effectiveMaxSlots: state.maxSlots };
  const present = Math.min(effectiveMaxSlots(state), ceiling);
  const floor = Math.min(Math.max(1, autoScale.floor), ceiling);
  const now = vm.sampledAt;
  if (now === null) return vm;
  const isDue = (ms: number): boolean => vm.steppedAt === null || elapsedMs(vm.steppedAt, now) >= ms;
  const step = (effectiveMaxSlots: number): VmState => ({ ...vm, effectiveMaxSlots, steppedAt: now });

  if (vm.health === 'degraded' || vm.health === 'critical') {
    const used = usedSlots(state);
    const isWorse = state.vmState.health === null || state.vmState.health === 'healthy';
    const isRecovering = vm.calmSince !== null;
    if (isRecovering || !(isWorse || isDue(settings.stepDownMs))) return { ...vm, effectiveMaxSlots: present };
    const next = Math.max(floor, Math.min(present, used + Math.floor(Math.max(0, present - used) / 2)));
    return next === present ? { ...vm, effectiveMaxSlots: present } : step(next);
  }
  if (present >= ceiling || isPartlyUnknown) return { ...vm, effectiveMaxSlots: present };
  // The first slot comes back one step after the strain is over, not with its end.
  if (vm.steppedAt === null || state.vmState.health !== 'healthy')
    return { ...vm, effectiveMaxSlots: present, steppedAt: now };
  return isDue(settings.stepUpMs) ? step(present + 1) : { ...vm, effectiveMaxSlots: present };
}
