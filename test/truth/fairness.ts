/** Jain's index over what projects were served and entitled to, by docs/reference/figures.md, section report. */
import type { Files, Raw } from './files.ts';
import type { Queued, Span } from './past.ts';
import { lengthOf, of, slotsOf } from './past.ts';
import { same, sum } from './present.ts';

const FOR_SLOTS = ['insufficient-slots', 'behind-others', 'health-degraded'];

/** True while a request waits for slots, or says nothing of why it waits. */
const waitsForSlots = ({ cause }: Queued): boolean =>
  cause === undefined || (cause !== null && FOR_SLOTS.includes(cause));

const weightOf = (config: Raw, project: string): number => {
  const [, settings] = Object.entries<Raw>(config.projects ?? {}).find(([name]) => same(name, project)) ?? [];
  return settings?.weight ?? 1;
};

/** The capacity shared out by weight; what one project does not need is shared out among the others. */
function fairParts(capacity: number, needs: ReadonlyMap<string, number>, weight: (project: string) => number) {
  const parts = new Map<string, number>();
  let left = capacity;
  let open = [...needs.keys()];
  for (;;) {
    const weights = sum(open.map(weight));
    const sated = open.filter((project) => (needs.get(project) as number) <= (left * weight(project)) / weights);
    if (sated.length === 0) {
      for (const project of open) parts.set(project, (left * weight(project)) / weights);
      return parts;
    }
    for (const project of sated) parts.set(project, needs.get(project) as number);
    left -= sum(sated.map((project) => needs.get(project) as number));
    open = open.filter((project) => !sated.includes(project));
  }
}

/** Slots that each waiting project should have had beside those that it held, in one span. */
function owedIn({ held, queued, capacity }: Span, config: Raw): Map<string, number> {
  const waiting = queued.filter(waitsForSlots);
  const needs = new Map<string, number>();
  for (const { project, slots } of [...held, ...waiting]) {
    needs.set(project.toLowerCase(), (needs.get(project.toLowerCase()) ?? 0) + slots);
  }
  const parts = fairParts(capacity, needs, (project) => weightOf(config, project));
  const owed = new Map<string, number>();
  for (const project of new Set(waiting.map((one) => one.project.toLowerCase()))) {
    const own = waiting.filter((one) => same(one.project, project));
    const oldest = Math.min(...own.map(({ order }) => order));
    const later = held.filter((lease) => !same(lease.project, project) && lease.order > oldest);
    const served = Math.max(0, capacity - slotsOf(held)) + slotsOf(later);
    const fair = Math.max(0, (parts.get(project) as number) - slotsOf(of(project, held)));
    owed.set(project, Math.min(slotsOf(own), fair, served));
  }
  return owed;
}

export function fairnessOf({ config }: Files, spans: readonly Span[]): number | null {
  if (!spans.some(({ queued }) => queued.length > 0)) return null;
  const served = new Map<string, number>();
  const owed = new Map<string, number>();
  const add = (map: Map<string, number>, project: string, amount: number): void => {
    map.set(project.toLowerCase(), (map.get(project.toLowerCase()) ?? 0) + amount);
  };
  for (const span of spans) {
    for (const { project, slots } of span.held) add(served, project, slots * lengthOf(span));
    for (const { project } of span.queued) add(served, project, 0);
    for (const [project, slots] of owedIn(span, config)) add(owed, project, slots * lengthOf(span));
  }
  const shares = [...served].flatMap(([project, had]) => {
    const entitled = had + (owed.get(project) ?? 0);
    return entitled === 0 ? [] : [had / entitled];
  });
  const squares = sum(shares.map((share) => share ** 2));
  return squares === 0 ? null : sum(shares) ** 2 / (shares.length * squares);
}
