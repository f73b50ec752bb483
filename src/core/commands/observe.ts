/** Records one sample of the machine: its figures, the health, and the capacity that follows. */
import type { Change } from '../change.ts';
import type { Environment } from '../environment.ts';
import { adjustCapacity } from '../health/capacity.ts';
import { limitsOf } from '../health/limits.ts';
import type { MachineSample } from '../health/sample.ts';
import { isPartlyUnknown } from '../health/signals.ts';
import { judge } from '../health/verdict.ts';
import type { State } from '../model/state.ts';

export interface ObserveCommand {
  readonly kind: 'observe';
  readonly sample: MachineSample;
}

/** The sample counts as taken now: its own time is from before the lock, and the clock may have been set since. */
export function observe(state: State, env: Environment, command: ObserveCommand): Change {
  const { monitor, autoScale } = env.settings;
  const sample = { ...command.sample, at: env.now };
  const judged = judge(state.vmState, sample, limitsOf(state.vmLimits, monitor, sample.cores), monitor);
  const vmState = adjustCapacity(state, judged, isPartlyUnknown(sample), autoScale, monitor);
  const { health: to, reason } = vmState;
  const from = state.vmState.health;
  // The first sample of a healthy machine is not an event.
  const isNews = to !== null && to !== from && (from !== null || to !== 'healthy');
  return { state: { ...state, vmState }, events: isNews ? [{ kind: 'health', from, to, reason }] : [] };
}
