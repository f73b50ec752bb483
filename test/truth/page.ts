/** Every figure of the page that `report --html` writes, by docs/reference/figures.md. */
import type { Overrun } from './advice.ts';
import { isOf } from './advice.ts';
import type { Event, Files, Raw } from './files.ts';
import { cost, inWords, onPage, round, time, tokens } from './forms.ts';
import { meanOf, samplesOf, stepsOf } from './history.ts';
import type { Span } from './past.ts';
import { between, endIn, mean, slotsOf, spansIn } from './past.ts';
import type { Dimension } from './present.ts';
import { DIMENSIONS, IN_JSON, presentOf, sum, UNIT } from './present.ts';
import { reportOf } from './report.ts';

const DAY = 86_400_000;
const STEPS = 120;
const UNKNOWN = '–';

const most = (values: readonly number[]): number => Math.max(0, ...values);
const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);
const minute = (at: string): string => at.slice(0, 16).replace('T', ' ');

type Row = readonly string[];
type Form = (value: number) => string;

/** The sum of a key of the records of each step. */
function sums(events: readonly Event[], key: string, since: number, until: number): number[] {
  const length = (until - since) / STEPS;
  return Array.from({ length: STEPS }, (_, at) =>
    sum(
      events
        .filter((event) => Math.min(STEPS - 1, Math.floor((event.at - since) / length)) === at)
        .map((event) => event[key] ?? 0),
    ),
  );
}

function timeCharts(files: Files, since: number, until: number) {
  const spans = spansIn(files, since, until);
  const steps = stepsOf(files, spans, since, until, STEPS);
  const means = (value: (span: Span) => number) => steps.map((step) => meanOf(step, value));
  const held = means((span) => slotsOf(span.held));
  const queued = means((span) => slotsOf(span.queued));
  const usage = between(files.events, since, until).filter(({ kind }) => kind === 'usage');
  const tokens = sums(usage, 'tokens', since, until);
  const dollars = sums(usage, 'cost', since, until);
  const samples = (key: string) => samplesOf(files.events, key, since, until, STEPS);
  const stepMeans = (key: string) => samples(key).map((step) => (step.length === 0 ? null : mean(step)));
  const words = (name: string, values: readonly number[], peak: number, form: Form): string =>
    values.length === 0 ? '' : `${name}: ${form(mean(values))} on average, at most ${form(peak)}`;
  const machine = (name: string, key: string): string =>
    words(name, known(stepMeans(key)), most(samples(key).flat()), onPage.percent);
  return {
    series: {
      ...(known(held).length > 0 ? { 'in use': held, queued, capacity: means(({ capacity }) => capacity) } : {}),
      ...(samples('memory_percent').flat().length > 0 ? { memory: stepMeans('memory_percent') } : {}),
      ...(samples('cpu_percent').flat().length > 0 ? { CPU: stepMeans('cpu_percent') } : {}),
      ...(sum(tokens) > 0 ? { 'tokens in each step': tokens.map((amount) => (amount === 0 ? null : amount)) } : {}),
      ...(sum(dollars) > 0 ? { 'cost so far': dollars.map((_, at) => sum(dollars.slice(0, at + 1))) } : {}),
    },
    words: [
      words('in use', known(held), most(spans.map((span) => slotsOf(span.held))), onPage.count),
      words('queued', known(queued), most(spans.map((span) => slotsOf(span.queued))), onPage.count),
      known(held).length > 0 ? `capacity: ${onPage.count(endIn(files, until).capacity)} at the end` : '',
      machine('memory', 'memory_percent'),
      machine('CPU', 'cpu_percent'),
      sum(tokens) > 0
        ? `tokens in each step: ${onPage.tokens(sum(tokens))} in total, at most ${onPage.tokens(most(tokens))}`
        : '',
      sum(dollars) > 0 ? `cost so far: ${onPage.cost(round(sum(dollars), 6))} at the end` : '',
    ].filter((text) => text !== ''),
  };
}

const FORMS = { tokens: onPage.tokens, time_ms: onPage.seconds, cost_micro_usd: onPage.cost } as const;
const EXACT = { tokens, time_ms: time, cost_micro_usd: cost } as const;
const NAMES = { tokens: 'tokens', time_ms: 'time', cost_micro_usd: 'cost' } as const;

/** A dimension without a limit, of which nothing is allocated or used, has no row. */
const isUsed = ({ total, allocated, consumed }: Raw, dimension: string): boolean =>
  total[dimension] !== null || allocated[dimension] !== 0 || consumed[dimension] !== 0;

function workflowRows(workflows: readonly Raw[]): Row[] {
  return workflows.flatMap((workflow) =>
    DIMENSIONS.filter((dimension) => isUsed(workflow, IN_JSON[dimension])).map((dimension) => {
      const said = (what: string): string => {
        const amount = workflow[what][IN_JSON[dimension]];
        return amount === null ? 'no limit' : FORMS[dimension](amount);
      };
      const figures = ['total', 'reserve', 'allocated', 'consumed', 'pool'].map(said);
      return [workflow.workflow, NAMES[dimension], ...figures];
    }),
  );
}

function agentRows(agents: readonly Raw[]): Row[] {
  return agents.map(({ agent, reports, consumed, used, status }) => [
    ...[agent, onPage.tokens(consumed.tokens), onPage.seconds(consumed.time_seconds), onPage.cost(consumed.cost)],
    used === null ? UNKNOWN : onPage.percent(used * 100),
    ...[status ?? 'released', String(reports)],
  ]);
}

function projectRows(projects: readonly Raw[], hours: ReadonlyMap<string, number>): Row[] {
  return projects.map(({ project, grants, waited_seconds: waited, denied, reclaimed, killed }) => [
    ...[project, onPage.hours(hours.get(project) ?? 0), String(grants)],
    ...[waited.mean, waited.p95, waited.max].map((seconds) => (grants === 0 ? UNKNOWN : onPage.seconds(seconds))),
    ...[String(denied), String(reclaimed), String(killed)],
  ]);
}

/** Consumed and allocated of the present budgets with an allocation in that dimension. */
function budgetRows(files: Files, dimension: Dimension): Row[] {
  return presentOf(files)
    .agents.filter((agent) => agent.allocated?.[dimension] != null)
    .filter((agent) => agent.allocated[dimension] + (agent.consumed?.[dimension] ?? 0) > 0)
    .map((agent) => [
      agent.agent.toLowerCase(),
      FORMS[dimension]((agent.consumed?.[dimension] ?? 0) / UNIT[dimension]),
      FORMS[dimension](agent.allocated[dimension] / UNIT[dimension]),
    ]);
}

/** Of equal overruns of an agent the page may have any. */
function overrunRows(overruns: readonly Overrun[]): Row[] {
  return overruns
    .filter((one, at) => overruns.findIndex((other) => isOf(one, other)) === at)
    .map(({ agent, dimension, allocated, consumed }) => [
      ...[`${agent} ${NAMES[dimension]}`, EXACT[dimension](consumed - allocated)],
    ]);
}

const card = (share: number | null): string => (share === null ? UNKNOWN : `${round(share * 100, 1)}%`);

export function pageOf(files: Files) {
  const since = files.now - 7 * DAY;
  const report = reportOf(files, since);
  const { metrics } = report;
  return {
    head: `${minute(report.since)} – ${minute(report.until)} UTC: ${inWords(7 * 86_400)}`,
    cards: {
      'Budget utilisation': card(metrics.utilisation),
      'Slot utilisation': card(metrics.slot_utilisation),
      Fairness: metrics.fairness === null ? UNKNOWN : metrics.fairness.toFixed(2),
      Responsiveness: metrics.responsiveness === null ? UNKNOWN : onPage.seconds(metrics.responsiveness),
      'Forecast accuracy': card(metrics.forecast_accuracy),
    },
    ...timeCharts(files, since, files.now),
    agents: agentRows(report.agents),
    projects: projectRows(report.projects, new Map(report.hours)),
    workflows: workflowRows(report.workflows),
    overruns: overrunRows(report.overruns),
    'slot-hours': report.hours
      .filter(([, hours]) => hours > 0)
      .map(([project, hours]) => [project, onPage.hours(hours)]),
    'budget-tokens': budgetRows(files, 'tokens'),
    'budget-cost': budgetRows(files, 'cost_micro_usd'),
  };
}
