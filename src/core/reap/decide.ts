/** Decides from the last samples whether a process tree must be ended, or stopped for a while. */
import type { Environment } from '../environment.ts';
import { limitsOf } from '../health/limits.ts';
import type { MachineSample } from '../health/sample.ts';
import { signalsOf, usedPercent } from '../health/signals.ts';
import { CRITICAL_SAMPLES, isMemoryCritical } from '../health/verdict.ts';
import { elapsedMs } from '../model/instants.ts';
import { isBeingEnded } from '../model/lease.ts';
import type { State } from '../model/state.ts';

export type ReapDecision =
  | { readonly kind: 'no' }
  /** A tree should be ended, but the stated cause prevents it. */
  | { readonly kind: 'not-yet'; readonly why: string }
  /** `isHard`: kill without a grace period and without the cooldown. */
  | { readonly kind: 'reap'; readonly isHard: boolean };

/** True when memory is too short for a grace period or a cooldown. */
export function isBelowHardLine(state: State, env: Environment, sample: MachineSample): boolean {
  const limits = limitsOf(state.vmLimits, env.settings.monitor, sample.cores);
  return sample.memory !== null && usedPercent(sample.memory) > limits.hardMemoryPercent;
}

/** Decides from the state after this sample was observed. */
export function decideReaping(state: State, env: Environment, sample: MachineSample): ReapDecision {
  const { monitor } = env.settings;
  const { vmState } = state;
  const limits = limitsOf(state.vmLimits, monitor, sample.cores);
  const isCritical = isMemoryCritical(signalsOf(sample, limits, monitor), vmState.criticalSamples);
  if (vmState.health !== 'critical' || !isCritical) return { kind: 'no' };
  if (vmState.criticalSamples < CRITICAL_SAMPLES) return { kind: 'not-yet', why: 'one sample is not enough' };
  const isHard = isBelowHardLine(state, env, sample);
  const ending = state.leases.find((lease) => lease.ending !== null && isBeingEnded(lease.ending, env.now));
  if (ending) return { kind: 'not-yet', why: `${ending.id} is still being ended` };
  if (!isHard && vmState.reapedAt !== null && elapsedMs(vmState.reapedAt, env.now) < monitor.cooldownMs)
    return { kind: 'not-yet', why: 'the last one was ended a moment ago; its memory may not be free yet' };
  return { kind: 'reap', isHard };
}

/** Growth is stopped when memory would reach the critical limit within this time. */
const SECONDS_LEFT = 30;

/** True while available memory falls fast enough to be critical within half a minute. */
export function isFallingFast(state: State, env: Environment, before: MachineSample, now: MachineSample): boolean {
  if (before.memory === null || now.memory === null || now.at <= before.at) return false;
  const limits = limitsOf(state.vmLimits, env.settings.monitor, now.cores);
  const criticalBytes = now.memory.totalBytes * (1 - limits.criticalMemoryPercent / 100);
  const bytesPerSecond = ((before.memory.availableBytes - now.memory.availableBytes) * 1000) / (now.at - before.at);
  return bytesPerSecond > 0 && (now.memory.availableBytes - criticalBytes) / bytesPerSecond < SECONDS_LEFT;
}
