/** Number of slots the machine's health allows: multiplicative decrease, additive increase. Running agents are untouched. */
import { elapsedMs } from '../model/instants.ts';
import { effectiveMaxSlots, type State, usedSlots, type VmState } from '../model/state.ts';
import type { AutoScale, MonitorSettings } from '../settings/health.ts';

/**
 * Sets the capacity that follows from the machine's health; `state` is the state before the sample. Each step takes half
 * of the free slots while the machine is strained, and gives one slot back while it is healthy.
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
  // The first slot comes back one step after the strain ends, not at once.
  if (vm.steppedAt === null || state.vmState.health !== 'healthy')
    return { ...vm, effectiveMaxSlots: present, steppedAt: now };
  return isDue(settings.stepUpMs) ? step(present + 1) : { ...vm, effectiveMaxSlots: present };
}
