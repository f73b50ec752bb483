/** Every figure of `report`, by docs/reference/figures.md. */
import { adviceOf, overrunsOf } from './advice.ts';
import { fairnessOf } from './fairness.ts';
import type { Event, Files, Raw } from './files.ts';
import { judgedIn } from './forecast.ts';
import { round } from './forms.ts';
import type { Span } from './past.ts';
import { between, integral, lengthOf, mean, of, quantile, slotsOf, spansIn, waitsOf } from './past.ts';
import type { Dimension, Present } from './present.ts';
import { amountsInJson, colourOf, DIMENSIONS, presentOf, same, shareOfAllocation, sum, workflowIn } from './present.ts';

const DAY = 86_400_000;

const READ = [
  ...['granted', 'released', 'reclaimed', 'ending', 'killed', 'queued', 'withdrawn', 'dropped', 'denied', 'max-set'],
  ...['sample', 'usage', 'budget', 'run', 'forecast', 'waiting', 'offered', 'overrun'],
];

/** Kinds of records that put a project on the list, beside the slots that it held or queued. */
const ABOUT_PROJECTS = ['granted', 'released', 'reclaimed', 'killed', 'denied'];

export const share = (value: number | null): number | null => (value === null ? null : round(value, 4));

const ENDS = ['released', 'reclaimed', 'killed'];

/** The least that each measure should be; the longest time to an end in seconds. */
const TARGETS: Record<string, number> = {
  utilisation: 0.85,
  slot_utilisation: 0.85,
  fairness: 0.9,
  forecast_accuracy: 0.85,
};

/** Whether a measure meets its target; null when it was not measured, undefined without a target. */
export function metOf(name: string, value: number | null): boolean | null | undefined {
  if (name === 'fairness_by_the_seed') return undefined;
  if (value === null) return null;
  return name === 'responsiveness' ? value <= 1 : value >= (TARGETS[name] as number);
}

const namesIn = (names: readonly string[]): string[] =>
  names.filter((name, at) => names.findIndex((other) => same(other, name)) === at);

function agentsOf(present: Present, usage: readonly Event[]) {
  return namesIn([...usage.map(({ agent }) => agent)]).map((name) => {
    const reports = usage.filter(({ agent }) => same(agent, name));
    const budget = present.agents.find(({ agent }) => same(agent, name));
    const total = (key: string): number => sum(reports.map((report) => report[key] ?? 0));
    return {
      agent: name.toLowerCase(),
      reports: reports.length,
      consumed: {
        tokens: total('tokens'),
        time_seconds: round(total('time_seconds'), 3),
        cost: round(total('cost'), 6),
      },
      allocated: budget === undefined ? null : amountsInJson((dimension) => budget.allocated?.[dimension] ?? null),
      percentage: budget === undefined ? null : share(shareOfAllocation(budget)),
      used: budget === undefined ? null : shareOfAllocation(budget),
      status: budget === undefined ? null : colourOf(present, budget),
    };
  });
}

function projectsOf(spans: readonly Span[], events: readonly Event[]) {
  const names = namesIn([
    ...spans.flatMap(({ held, queued }) => [...held, ...queued].map(({ project }) => project)),
    ...events.filter(({ kind }) => ABOUT_PROJECTS.includes(kind)).map(({ project }) => project),
  ]);
  return names.map((name) => {
    const own = (kind: string): Event[] => events.filter((event) => event.kind === kind && same(event.project, name));
    const waits = waitsOf(own('granted'));
    return {
      project: name.toLowerCase(),
      slot_seconds: round(integral(spans, ({ held }) => slotsOf(of(name, held))) / 1000),
      grants: waits.length,
      waited_seconds: {
        mean: share(mean(waits)),
        p95: share(quantile(waits, 0.95)),
        max: share(Math.max(0, ...waits)),
      },
      denied: own('denied').length,
      reclaimed: own('reclaimed').length,
      killed: own('killed').length,
    };
  });
}

function utilisation(present: Present): number | null {
  const shares = DIMENSIONS.flatMap((dimension) => {
    const with_ = present.agents.filter((agent) => (agent.allocated?.[dimension] ?? 0) > 0);
    const allocated = sum(with_.map((agent) => agent.allocated[dimension]));
    return allocated === 0 ? [] : [sum(with_.map((agent) => agent.consumed?.[dimension] ?? 0)) / allocated];
  });
  return shares.length === 0 ? null : Math.max(...shares);
}

function slotUtilisation(spans: readonly Span[]): number | null {
  const held = integral(spans, (span) => slotsOf(span.held));
  const wanted = integral(spans, (span) =>
    Math.min(slotsOf(span.held) + slotsOf(span.queued), Math.max(span.capacity, slotsOf(span.held))),
  );
  return wanted === 0 ? null : held / wanted;
}

/** 1 − the population variance ÷ the mean of the projects' parts of all slot-hours. */
function bySeed(slotSeconds: readonly number[]): number | null {
  const all = sum(slotSeconds);
  if (all === 0) return null;
  const parts = slotSeconds.map((seconds) => seconds / all);
  const middle = mean(parts);
  return 1 - mean(parts.map((part) => (part - middle) ** 2)) / middle;
}

/** Old records say in words that a budget was used up. */
const causeOf = ({ by, why }: Event): string | null => by ?? (why.startsWith('budget: ') ? 'budget' : null);

/** Seconds from the `ending` record of a lease whose budget was used up or stopped to its end, the longest. */
function responsiveness(events: readonly Event[]): number | null {
  const ends = events.flatMap((ending, at) => {
    if (ending.kind !== 'ending' || causeOf(ending) !== 'budget') return [];
    const end = events.slice(at).find(({ kind, lease }) => lease === ending.lease && ENDS.includes(kind));
    return end === undefined ? [] : [(end.at - ending.at) / 1000];
  });
  if (ends.length > 0) return Math.max(...ends);
  return events.some(({ kind }) => kind === 'budget') ? 0 : null;
}

const totals = (present: Present) =>
  present.workflows.map(({ workflow }) => {
    const amounts = (pick: (found: ReturnType<typeof workflowIn>) => number | null) =>
      amountsInJson((dimension: Dimension) => pick(workflowIn(present, workflow, dimension)));
    return {
      workflow: workflow.toLowerCase(),
      total: amounts(({ total }) => total),
      reserve: amounts(({ reserve }) => reserve),
      pool: amounts(({ pool }) => pool),
      allocated: amounts(({ allocated }) => allocated),
      consumed: amounts(({ consumed }) => consumed),
    };
  });

export interface TrueReport {
  /** Slot-hours of each project, not rounded. */
  readonly hours: readonly (readonly [project: string, hours: number])[];
  readonly [key: string]: Raw;
}

export function reportOf(files: Files, since = files.now - 7 * DAY): TrueReport {
  const until = files.now;
  const present = presentOf(files);
  const events = between(files.events, since, until);
  const spans = spansIn(files, since, until);
  const usage = events.filter(({ kind }) => kind === 'usage');
  const crossed = events.filter(({ kind }) => kind === 'budget');
  const projects = projectsOf(spans, events);
  const hours = projects.map(
    ({ project }) => [project, integral(spans, ({ held }) => slotsOf(of(project, held))) / 3_600_000] as const,
  );
  const accuracy = judgedIn(files.events).filter(({ at }) => at >= since && at <= until);
  return {
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    events: events.filter(({ kind }) => READ.includes(kind)).length,
    agents: agentsOf(present, usage),
    projects,
    workflows: totals(present),
    overruns: overrunsOf(present, events),
    recommendations: adviceOf(
      files,
      events,
      projects.map(({ project }) => project),
    ),
    metrics: {
      utilisation: utilisation(present),
      slot_utilisation: slotUtilisation(spans),
      fairness: fairnessOf(files, spans),
      forecast_accuracy:
        accuracy.length === 0 ? null : accuracy.filter(({ isNear }) => isNear).length / accuracy.length,
      responsiveness: responsiveness(events),
      fairness_by_the_seed: bySeed(hours.map(([, slots]) => slots)),
    },
    hours,
    crossings: crossed.length,
    length: sum(spans.map(lengthOf)),
  };
}
