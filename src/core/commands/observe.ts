/** One more sample of the machine: its figures, the verdict, and what capacity follows. */
import type { Environment } from '../environment.ts';
import type { CoreEvent } from '../event.ts';
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

export function observe(state: State, env: Environment, { sample }: ObserveCommand): State {
  const { monitor, autoScale } = env.settings;
  const judged = judge(state.vmState, sample, limitsOf(state.vmLimits, monitor, sample.cores), monitor);
  return { ...state, vmState: adjustCapacity(state, judged, isPartlyUnknown(sample), autoScale, monitor) };
}

/** A change of the health that counts; that a machine nobody had looked at is healthy is no news. */
export function healthEvents(before: State, after: State): CoreEvent[] {
  const { health: to, reason } = after.vmState;
  const from = before.vmState.health;
  return to === null || to === from || (from === null && to === 'healthy')
    ? []
    : [{ kind: 'health', from, to, reason }];
}
