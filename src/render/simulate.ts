/** Simulations side by side. */

import type { Instant } from '../core/model/instants.ts';
import { Spread } from '../core/report/spread.ts';
import type { Tally } from '../core/report/tally.ts';
import type { Simulated } from '../core/simulate/simulate.ts';
import type { Styles } from '../ports/styles.ts';
import { iso } from './json/json-values.ts';
import { plural, slotsWord } from './text/counts.ts';
import { durationWords, shortDuration } from './text/duration.ts';
import { table } from './text/table.ts';

export interface Variant {
  readonly strategy: string;
  readonly maxSlots: number;
  readonly isCurrent: boolean;
  readonly result: Simulated;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
const waitsJson = (waits: Spread) => ({
  mean: round(waits.mean),
  p95: round(waits.quantile(0.95)),
  max: round(waits.max),
});

/** All projects' waits as one. */
function waitsOf({ projects }: Tally): Spread {
  const all = new Spread();
  for (const { waits } of projects.values()) all.merge(waits);
  return all;
}

function variantJson({ strategy, maxSlots, isCurrent, result }: Variant) {
  const { tally, served, gaveUp, never, spanMs } = result;
  const projects = [...tally.projects.values()].sort((a, b) => (a.project < b.project ? -1 : 1));
  const fairness = tally.fairness()?.index ?? null;
  return {
    strategy,
    max_slots: maxSlots,
    current: isCurrent,
    served,
    gave_up: gaveUp,
    never,
    waited_seconds: waitsJson(waitsOf(tally)),
    utilisation: round(tally.capacityMs === 0 ? 0 : tally.usedMs / tally.capacityMs),
    fairness: fairness === null ? null : round(fairness),
    span_seconds: round(spanMs / 1000),
    projects: projects.map(({ project, grants, waits }) => ({ project, grants, waited_seconds: waitsJson(waits) })),
  };
}

type VariantJson = ReturnType<typeof variantJson>;

export interface SimulationView {
  readonly since: Instant;
  readonly until: Instant;
  readonly requests: number;
  readonly variants: readonly Variant[];
}

export const simulationJson = ({ since, until, requests, variants }: SimulationView) => ({
  schema_version: 1,
  since: iso(since),
  until: iso(until),
  requests,
  variants: variants.map(variantJson),
});

const percent = (share: number): string => `${Math.round(share * 100)}%`;

export function simulationText({ since, until, requests, variants }: SimulationView, styles: Styles): string {
  const shown = variants.map(variantJson);
  const names = [...new Set(shown.flatMap(({ projects }) => projects.map(({ project }) => project)))].sort();
  const head = [
    '',
    ...shown.map(
      ({ strategy, max_slots, current }) => `${strategy}, ${slotsWord(max_slots)}${current ? ' (now)' : ''}`,
    ),
  ];
  const row = (label: string, cell: (variant: VariantJson) => string): string[] => [label, ...shown.map(cell)];
  const waitOf = (variant: VariantJson, project: string): string => {
    const found = variant.projects.find((one) => one.project === project);
    return found === undefined || found.grants === 0 ? '' : shortDuration(found.waited_seconds.mean);
  };
  const rows = [
    row('wait, mean', ({ waited_seconds }) => shortDuration(waited_seconds.mean)),
    row('wait, 95% within', ({ waited_seconds }) => shortDuration(waited_seconds.p95)),
    row('wait, longest', ({ waited_seconds }) => shortDuration(waited_seconds.max)),
    row('slots in use', ({ utilisation }) => percent(utilisation)),
    row('fairness (Jain)', ({ fairness }) =>
      fairness === null ? 'none waited' : String(Math.round(fairness * 100) / 100),
    ),
    row('all done after', ({ span_seconds }) => shortDuration(span_seconds)),
    row('served', ({ served }) => String(served)),
    ...(shown.some(({ gave_up }) => gave_up > 0) ? [row('gave up', ({ gave_up }) => String(gave_up))] : []),
    ...(shown.some(({ never }) => never > 0) ? [row('can never fit', ({ never }) => String(never))] : []),
    ...names.map((project) => row(`   wait of ${project}`, (variant) => waitOf(variant, project))),
  ];
  return [
    `${styles.bold(plural(requests, 'request'))} from ${durationWords((until - since) / 1000)}, replayed`,
    '',
    ...table(head, rows, styles),
    '',
    styles.dim('assumes that memory never limits, and that work takes as long as it did with the recorded slots'),
  ].join('\n');
}
