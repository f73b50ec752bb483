/** The order in which requests are served, by docs/slots.md. */
import type { Raw } from './files.ts';
import type { Present } from './present.ts';
import { same, slotsByProject } from './present.ts';

const AGING_STEP = 10 * 60_000;

const valueFor = (map: Raw, project: string): Raw =>
  Object.entries(map ?? {}).find(([name]) => same(name, project))?.[1];

export const priorityOf = (config: Raw, project: string): number => valueFor(config.project_priorities, project) ?? 5;

/** The most slots that a project may have at once. */
export const maximumOf = (config: Raw, project: string): number =>
  valueFor(config.projects, project)?.max ?? config.max_per_project;

const ticketNumber = (entry: Raw): number => Number(entry.ticket.slice(1));

const stepsWaited = (entry: Raw, now: number): number =>
  Math.floor(Math.max(0, now - Date.parse(entry.queued_at)) / AGING_STEP);

/** By priority, which waiting raises by one a step, up to 10; then by arrival. */
function byPriority(queue: readonly Raw[], config: Raw, now: number): Raw[] {
  const rank = (entry: Raw): number => {
    const stated = entry.priority ?? priorityOf(config, entry.project);
    return Math.max(stated, Math.min(10, stated + stepsWaited(entry, now)));
  };
  return [...queue].sort((one, other) => rank(other) - rank(one));
}

/**
 * Again and again the oldest request of the project with the least (slots + half of that request) ÷ weight − steps
 * waited; the slots are those that it holds, those set aside for it, and those of its requests before.
 */
function byShare(queue: readonly Raw[], config: Raw, present: Present): Raw[] {
  const offers = present.queue.map((entry) => ({ project: entry.project, slots: entry.offered }));
  const slots = slotsByProject([...present.leases, ...offers]);
  const rest = [...queue];
  const line: Raw[] = [];
  const rank = (entry: Raw): number => {
    const weight = valueFor(config.projects, entry.project)?.weight ?? 1;
    const has = slots.get(entry.project.toLowerCase()) ?? 0;
    return (has + entry.slots / 2) / weight - stepsWaited(entry, present.now);
  };
  while (rest.length > 0) {
    const oldest = rest.filter((entry, at) => rest.findIndex((other) => same(other.project, entry.project)) === at);
    const next = oldest.reduce((one, other) => (rank(other) < rank(one) ? other : one));
    line.push(next);
    rest.splice(rest.indexOf(next), 1);
    const key = next.project.toLowerCase();
    slots.set(key, (slots.get(key) ?? 0) + next.slots);
  }
  return line;
}

/** Open offers, the queue in the order of the strategy, and what is passed over; the first and the last as they came. */
export function inLine(present: Present, config: Raw): Raw[] {
  const all = [...present.queue].sort((one, other) => ticketNumber(one) - ticketNumber(other));
  const waiting = all.filter((entry) => !entry.lapsed && entry.offered === 0);
  const ordered = {
    fifo: () => waiting,
    priority: () => byPriority(waiting, config, present.now),
    'fair-share': () => byShare(waiting, config, present),
  }[config.strategy as 'fifo' | 'priority' | 'fair-share']();
  return [...all.filter((entry) => entry.offered > 0), ...ordered, ...all.filter((entry) => entry.lapsed)];
}
