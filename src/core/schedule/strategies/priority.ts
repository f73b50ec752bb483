import type { Environment } from '../../environment.ts';
import { elapsedMs } from '../../model/instants.ts';
import type { QueueEntry } from '../../model/queue-entry.ts';
import { MAX_PRIORITY, projectPriority } from '../../settings/settings.ts';
import type { Strategy } from './strategy.ts';

/**
 * Priority of the request or its project, plus one for each `agingStepMs` of waiting, capped at the highest priority.
 * Arrival decides among equals, so no later request overtakes one that has aged to the cap.
 */
export function agedPriority(entry: QueueEntry, env: Environment): number {
  const base = entry.priority ?? projectPriority(env.settings, entry.project);
  const steps = Math.floor(elapsedMs(entry.queuedAt, env.now) / env.settings.agingStepMs);
  return Math.min(MAX_PRIORITY, base + steps);
}

/** Keys: aged priority, highest first; then arrival. */
export const priority: Strategy = {
  overtakes: true,
  order(arrivals, { env }) {
    const keyed = arrivals.map((entry, arrival) => ({ entry, arrival, priority: agedPriority(entry, env) }));
    keyed.sort((a, b) => b.priority - a.priority || a.arrival - b.arrival);
    return keyed.map(({ entry }) => entry);
  },
  entitlements: () => null,
};
