/** The charts of a report and their contents. */

import { type AgentBudget, DIMENSIONS } from '../../core/model/budget.ts';
import { HOUR_MS } from '../../core/model/instants.ts';
import { PUBLISHED, published } from '../../core/model/published.ts';
import type { Report } from '../../core/report/report.ts';
import type { Figures, SeriesPoint } from '../../core/report/series.ts';
import { DIMENSION_WORDS } from '../text/amounts.ts';
import type { BarChart, Chart, ChartSeries, TimeChart, Tone } from './chart.ts';
import type { Unit } from './figures.ts';

/** Names per chart; the tables have the rest. */
export const MOST_BARS = 20;

export interface ChartsInput {
  readonly report: Report;
  /** Budgets of all agents in scope, including those without reports in this time. */
  readonly budgets: readonly AgentBudget[];
  readonly points: readonly SeriesPoint[];
  /** Slots that may be in use at the end of the time; null if unknown. */
  readonly capacity: number | null;
  readonly since: number;
  readonly until: number;
}

const series = (
  label: string,
  values: readonly (number | null)[],
  look: Pick<ChartSeries, 'unit' | 'tone' | 'shape' | 'said'> & Partial<ChartSeries>,
): ChartSeries => ({ label, values, side: 'left', isStacked: false, ...look });

const overTime = (
  { points, since, until }: ChartsInput,
  chart: Pick<TimeChart, 'id' | 'title' | 'series' | 'nothing' | 'top'>,
): TimeChart => ({
  kind: 'time',
  since,
  stepMs: (until - since) / Math.max(1, points.length),
  steps: points.length,
  ...chart,
});

/** The means of a figure over time, and its peaks. */
const averaged = (
  { points }: ChartsInput,
  label: string,
  key: keyof Figures,
  look: Pick<ChartSeries, 'unit' | 'tone' | 'shape'> & Partial<ChartSeries>,
): ChartSeries => {
  const peaks = points.map(({ most }) => most[key]);
  const means = points.map((point) => point[key]);
  return series(label, means, { said: 'mean', peaks, ...look });
};

function slots(input: ChartsInput): TimeChart {
  const stacked = { unit: 'count', shape: 'area', isStacked: true } as const;
  const line = { unit: 'count', tone: 'grey', shape: 'dashed', said: 'last', end: input.capacity } as const;
  return overTime(input, {
    id: 'slots',
    title: 'Slots in use and queued',
    nothing: 'No slots were requested in this time.',
    top: null,
    series: [
      averaged(input, 'in use', 'slots', { ...stacked, tone: 'blue' }),
      averaged(input, 'queued', 'queued', { ...stacked, tone: 'orange' }),
      series(
        'capacity',
        input.points.map(({ capacity }) => capacity),
        line,
      ),
    ],
  });
}

function machine(input: ChartsInput): TimeChart {
  return overTime(input, {
    id: 'machine',
    title: 'Memory and CPU',
    nothing: 'No samples in this time: resource-manager monitor takes them.',
    top: 100,
    series: [
      averaged(input, 'memory', 'memoryPercent', { unit: 'percent', tone: 'purple', shape: 'line' }),
      averaged(input, 'CPU', 'cpuPercent', { unit: 'percent', tone: 'green', shape: 'dashed' }),
    ],
  });
}

function spending(input: ChartsInput): TimeChart {
  const { points } = input;
  const hasTokens = points.some(({ tokens }) => tokens > 0);
  const hasCost = points.some(({ costMicroUsd }) => costMicroUsd > 0);
  let micro = 0;
  const cost = points.map(({ costMicroUsd }) => {
    micro += costMicroUsd;
    return published('costMicroUsd', micro);
  });
  const tokens = points.map((point) => (point.tokens === 0 ? null : point.tokens));
  const side = hasTokens ? 'right' : 'left';
  const inSteps = series('tokens in each step', tokens, { unit: 'tokens', tone: 'blue', shape: 'bar', said: 'sum' });
  const soFar = series('cost so far', cost, { unit: 'dollars', tone: 'orange', shape: 'line', said: 'last', side });
  return overTime(input, {
    id: 'spending',
    title: 'Tokens and cost',
    nothing: 'No usage was reported in this time.',
    top: null,
    series: [...(hasTokens ? [inSteps] : []), ...(hasCost ? [soFar] : [])],
  });
}

/** One series of bars: its label, its colour, and its value for each name. */
type Bars<T> = readonly [label: string, tone: Tone, figureOf: (one: T) => number];

function bars<T>(
  all: readonly T[],
  nameOf: (one: T) => string,
  chart: Pick<BarChart, 'id' | 'title' | 'nothing'>,
  unit: Unit,
  ...kinds: readonly Bars<T>[]
): BarChart {
  const shown = all.slice(0, MOST_BARS);
  const drawn = kinds.map(([label, tone, figureOf]) =>
    series(label, shown.map(figureOf), { unit, tone, shape: 'bar', said: 'most' }),
  );
  return { kind: 'bars', names: shown.map(nameOf), left: all.length - shown.length, series: drawn, ...chart };
}

function slotHours({ report }: ChartsInput): BarChart {
  const busy = report.projects.filter(({ slotMs }) => slotMs > 0);
  return bars(
    busy,
    ({ project }) => project,
    { id: 'slot-hours', title: 'Slot-hours per project', nothing: 'No project held slots in this time.' },
    'hours',
    ['slot-hours', 'blue', ({ slotMs }) => slotMs / HOUR_MS],
  );
}

function waits({ report }: ChartsInput): BarChart {
  const served = report.projects
    .filter(({ grants }) => grants > 0)
    .sort((a, b) => b.waits.quantile(0.95) - a.waits.quantile(0.95));
  return bars(
    served,
    ({ project }) => project,
    { id: 'waits', title: 'Waits for slots per project', nothing: 'No slots were granted in this time.' },
    'seconds',
    ['on average', 'green', (one) => one.waits.mean],
    ['95% within', 'orange', (one) => one.waits.quantile(0.95)],
  );
}

const NO_BUDGETS = 'No agent has a budget with a limit.';

/** One chart per dimension with a limit, because their units differ. */
function budgets({ budgets: agents }: ChartsInput): BarChart[] {
  const charts = DIMENSIONS.flatMap((dimension): BarChart[] => {
    const limited = agents
      .filter(
        ({ allocated, consumed }) => allocated[dimension] !== null && allocated[dimension] + consumed[dimension] > 0,
      )
      .sort((a, b) => b.consumed[dimension] - a.consumed[dimension] || (a.agent < b.agent ? -1 : 1));
    if (limited.length === 0) return [];
    const title = `Budgets: ${DIMENSION_WORDS[dimension]} consumed and allocated`;
    return [
      bars(
        limited,
        ({ agent }) => agent,
        { id: `budget-${DIMENSION_WORDS[dimension]}`, title, nothing: NO_BUDGETS },
        PUBLISHED[dimension].unit,
        ['consumed', 'orange', ({ consumed }) => published(dimension, consumed[dimension])],
        ['allocated', 'grey', ({ allocated }) => published(dimension, allocated[dimension] as number)],
      ),
    ];
  });
  const title = 'Budgets: consumed and allocated';
  return charts.length > 0
    ? charts
    : [{ kind: 'bars', id: 'budgets', title, names: [], left: 0, series: [], nothing: NO_BUDGETS }];
}

/** All charts in display order, including empty ones. */
export const chartsOf = (input: ChartsInput): Chart[] => [
  slots(input),
  machine(input),
  spending(input),
  slotHours(input),
  waits(input),
  ...budgets(input),
];
