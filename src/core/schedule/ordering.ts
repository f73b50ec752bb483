import { projectKey } from '../model/ids.ts';
import type { QueueEntry } from '../model/queue-entry.ts';
import { projectGuarantee, type StrategyName } from '../settings/settings.ts';
import { fairShare } from './strategies/fair-share.ts';
import { fifo } from './strategies/fifo.ts';
import { priority } from './strategies/priority.ts';
import type { Strategy, StrategyView } from './strategies/strategy.ts';

const STRATEGY: Readonly<Record<StrategyName, Strategy>> = { fifo, 'fair-share': fairShare, priority };

export const strategyOf = (name: StrategyName): Strategy => STRATEGY[name];

/**
 * The queue, best first. Keys:
 * 1. nested requests: their occupant holds slots while it waits, so serving them first frees slots sooner, and a wide
 *    request that waits for those same slots cannot block them (that would be a deadlock);
 * 2. requests within the project's guarantee come before all borrowers;
 * 3. the strategy's own order, which ends in arrival.
 */
export function inOrder(arrivals: readonly QueueEntry[], view: StrategyView): QueueEntry[] {
  const { settings } = view.env;
  const ordered = strategyOf(settings.strategy).order(arrivals, view);
  if (settings.projects.size === 0 && !ordered.some((entry) => entry.parent !== null)) return ordered;

  const nested: QueueEntry[] = [];
  const guaranteed: QueueEntry[] = [];
  const borrowers: QueueEntry[] = [];
  const counted = new Map<string, number>();
  for (const entry of ordered) {
    const key = projectKey(entry.project);
    const with_ = (counted.get(key) ?? view.held(key)) + entry.slots;
    if (entry.parent !== null) nested.push(entry);
    else if (with_ <= projectGuarantee(settings, key)) {
      counted.set(key, with_);
      guaranteed.push(entry);
    } else borrowers.push(entry);
  }
  return [...nested, ...guaranteed, ...borrowers];
}
