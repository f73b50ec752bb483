/**
 * Fair share: each project gets its part of the machine.
 *
 * Order: the project with the least `(held + n/2) / weight` goes next; n is the size of its first request, and `held`
 * includes the requests ordered before. Each `agingStepMs` of waiting takes one slot off, so that small requests of other
 * projects do not pass a wide one for ever; then arrival. (The half slot gives the order in which Sainte-Laguë gives out
 * seats.) Entitlement, while requests exceed the free slots: the capacity in proportion to held plus requested slots,
 * times the weight, and never more than that demand.
 */
import { type ProjectKey, projectKey } from '../../model/ids.ts';
import { elapsedMs } from '../../model/instants.ts';
import type { QueueEntry } from '../../model/queue-entry.ts';
import { effectiveMaxSlots } from '../../model/state.ts';
import { projectGuarantee, projectLimit, projectWeight } from '../../settings/settings.ts';
import { apportion } from '../apportion.ts';
import { Heap } from '../heap.ts';
import type { Strategy, StrategyView } from './strategy.ts';

interface Line {
  readonly weight: number;
  readonly entries: QueueEntry[];
  readonly arrivals: number[];
  at: number;
  held: number;
  /** Current claim; the project with the least claim goes next. */
  share: number;
}

/** Weight 0 counts as this weight: the project follows every other one with less than a hundredfold claim. */
const LEAST_WEIGHT = 0.01;

const firstOf = (line: Line): QueueEntry => line.entries[line.at] as QueueEntry;

function weigh(line: Line, { env }: StrategyView): Line {
  const first = firstOf(line);
  const aged = Math.floor(elapsedMs(first.queuedAt, env.now) / env.settings.agingStepMs);
  line.share = (line.held + first.slots / 2) / Math.max(line.weight, LEAST_WEIGHT) - aged;
  return line;
}

const comesBefore = (a: Line, b: Line): boolean =>
  a.share === b.share ? (a.arrivals[a.at] ?? 0) < (b.arrivals[b.at] ?? 0) : a.share < b.share;

function linesByProject(arrivals: readonly QueueEntry[], { env, held }: StrategyView): Map<ProjectKey, Line> {
  const lines = new Map<ProjectKey, Line>();
  arrivals.forEach((entry, arrival) => {
    const key = projectKey(entry.project);
    let line = lines.get(key);
    if (!line) {
      const weight = projectWeight(env.settings, key);
      line = { weight, entries: [], arrivals: [], at: 0, held: held(key), share: 0 };
      lines.set(key, line);
    }
    line.entries.push(entry);
    line.arrivals.push(arrival);
  });
  return lines;
}

export const fairShare: Strategy = {
  overtakes: true,

  order(arrivals, view) {
    const lines = [...linesByProject(arrivals, view).values()].map((line) => weigh(line, view));
    const heap = new Heap<Line>(comesBefore, lines);
    const ordered: QueueEntry[] = [];
    for (let line = heap.pop(); line !== undefined; line = heap.pop()) {
      const entry = firstOf(line);
      ordered.push(entry);
      line.held += entry.slots;
      line.at += 1;
      if (line.at < line.entries.length) heap.push(weigh(line, view));
    }
    return ordered;
  },

  entitlements(arrivals, view) {
    const { settings } = view.env;
    const lines = linesByProject(arrivals, view);
    const asked = new Map<ProjectKey, number>();
    for (const [key, line] of lines) {
      asked.set(
        key,
        line.entries.reduce((sum, entry) => sum + entry.slots, 0),
      );
    }
    // Projects without a request are claimants too, for the slots that they hold.
    for (const lease of view.state.leases) {
      const key = projectKey(lease.project);
      if (!asked.has(key)) asked.set(key, 0);
    }
    const claimants = [...asked].map(([key, slots]) => {
      const demand = Math.min(view.held(key) + slots, projectLimit(settings, key));
      return {
        key,
        weight: demand * projectWeight(settings, key),
        most: demand,
        least: Math.min(projectGuarantee(settings, key), demand),
      };
    });
    return apportion(effectiveMaxSlots(view.state), claimants);
  },
};
