/** Every figure of `history`, by docs/reference/figures.md. */
import type { Event, Files } from './files.ts';
import { cost, instant, inWords, many, round, slotHours, time, tokens } from './forms.ts';
import type { Span } from './past.ts';
import { between, endIn, integral, lengthOf, mean, of, slotsOf, spansIn, waitsOf } from './past.ts';
import { same, sum } from './present.ts';

const DAY = 86_400_000;
const MARKS = '_.-=+*#@';

/** Kinds of records from the first of which on it is known who holds slots and who waits. */
const ABOUT_SLOTS = [
  ...['granted', 'released', 'reclaimed', 'killed', 'queued', 'withdrawn', 'dropped', 'denied'],
  ...['offered', 'waiting', 'max-set', 'sample'],
];

/** The spans of each of `count` equal steps, as far as anything is known. */
export function stepsOf(files: Files, spans: readonly Span[], since: number, until: number, count: number): Span[][] {
  const known = Math.max(since, files.events.find(({ kind }) => ABOUT_SLOTS.includes(kind))?.at ?? until);
  const length = (until - since) / count;
  return Array.from({ length: count }, (_, at) => {
    const [begin, end] = [Math.max(known, since + at * length), since + (at + 1) * length];
    return spans
      .map((span) => ({ ...span, from: Math.max(span.from, begin), to: Math.min(span.to, end) }))
      .filter((span) => span.to > span.from);
  });
}

/** The mean over time of one step; null when nothing is known. */
export function meanOf(spans: readonly Span[], value: (span: Span) => number): number | null {
  return spans.length === 0 ? null : integral(spans, value) / sum(spans.map(lengthOf));
}

const plot = (values: readonly (number | null)[], scale: number): string =>
  values.map((value) => (value === null ? ' ' : MARKS[Math.min(7, round((7 * value) / scale))])).join('');

/** The samples of each step. */
export function samplesOf(
  events: readonly Event[],
  key: string,
  since: number,
  until: number,
  count: number,
): number[][] {
  const length = (until - since) / count;
  const samples = between(events, since, until).filter((event) => event.kind === 'sample' && event[key] != null);
  return Array.from({ length: count }, (_, at) =>
    samples
      .filter((event) => Math.min(count - 1, Math.floor((event.at - since) / length)) === at)
      .map((event) => event[key]),
  );
}

function machine(events: readonly Event[], key: string, since: number, until: number, count: number) {
  const steps = samplesOf(events, key, since, until, count);
  const all = steps.flat();
  if (all.length === 0) return null;
  return {
    plot: plot(
      steps.map((step) => (step.length === 0 ? null : mean(step))),
      100,
    ),
    said: `now ${round(all.at(-1) as number)}%, peak ${round(Math.max(...all))}%`,
  };
}

const amountOf = (event: Event): string =>
  [
    event.tokens > 0 ? `${tokens(event.tokens)} token${event.tokens === 1 ? '' : 's'}` : '',
    event.time_seconds > 0 ? time(round(event.time_seconds * 1000)) : '',
    event.cost > 0 ? cost(round(event.cost * 1e6)) : '',
    event.progress != null ? `${event.progress}% complete` : '',
    event.phase != null ? `phase ${event.phase}` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

/** The line of each usage record: `2026-11-21 09:55:20  consilio/auth  used 8.9k tokens, $0.02`. */
export const usageLine = (event: Event): string => `${instant(event.at)}  ${event.agent}  used ${amountOf(event)}`;

export function historyOf(files: Files, since = files.now - DAY, until = files.now, count = 60) {
  const events = between(files.events, since, until);
  const spans = spansIn(files, since, until);
  const steps = stepsOf(files, spans, since, until, count);
  const line = (value: (span: Span) => number, least: number) => {
    const peak = Math.max(0, ...spans.map(value));
    const means = steps.map((step) => meanOf(step, value));
    if (means.every((one) => one === null)) return null;
    return {
      plot: plot(means, Math.max(1, peak, least)),
      said: `now ${value(endIn(files, until))}, peak ${peak}`,
    };
  };
  const names = spans.flatMap(({ held }) => held.map(({ project }) => project));
  const grants = events.filter(({ kind }) => kind === 'granted');
  names.push(...grants.map(({ project }) => project));
  const projects = names
    .filter((name, at) => names.findIndex((other) => same(name, other)) === at)
    .map((name) => {
      const hours = integral(spans, ({ held }) => slotsOf(of(name, held))) / 3_600_000;
      const waits = waitsOf(grants.filter(({ project }) => same(project, name)));
      const waited = mean(waits) === 0 ? '' : `, waited ${inWords(mean(waits))}`;
      return { name, hours, said: `${slotHours(hours)}, ${many(waits.length, 'grant')}${waited}` };
    });
  const most = Math.max(...projects.map(({ hours }) => hours));
  return {
    length: inWords((until - since) / 1000),
    until: instant(until),
    slots: line(({ held }) => slotsOf(held), Math.max(0, ...spans.map(({ capacity }) => capacity))),
    queued: line(({ queued }) => slotsOf(queued), 0),
    memory: machine(events, 'memory_percent', since, until, count),
    cpu: machine(events, 'cpu_percent', since, until, count),
    projects: projects.map((project) => ({ ...project, bar: most === 0 ? 0 : round((20 * project.hours) / most) })),
    events: events.length,
    usage: events
      .slice(-20)
      .filter(({ kind }) => kind === 'usage')
      .map(usageLine),
  };
}
