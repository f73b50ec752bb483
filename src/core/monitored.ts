import { type Environment, isPresent } from './environment.ts';
import { isElsewhere } from './model/process-ref.ts';
import type { State } from './model/state.ts';
import { SAMPLE_STALE_MS } from './settings/health.ts';

/** True while the recorded monitor lives. One in another pid namespace cannot be seen: only its samples show its life. */
export function isMonitored({ monitor, vmState: { sampledAt } }: State, env: Environment): boolean {
  if (monitor === null || !isPresent(env, monitor)) return false;
  const isFresh = sampledAt !== null && Math.abs(env.now - sampledAt) <= SAMPLE_STALE_MS;
  return isFresh || !isElsewhere(monitor, env.here);
}
