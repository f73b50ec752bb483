/** Draws a chart of the page with Chart.js in the current colours. */
import type { ChartConfiguration } from 'chart.js';
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart as Drawing,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js';
import type { BarChart, Chart, ChartSeries, TimeChart } from '../render/page/chart.ts';
import { figureText, stampText, timeTicks, type Unit } from '../render/page/figures.ts';

Drawing.register(
  BarController,
  BarElement,
  CategoryScale,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);

/** A drawing; destroy it before drawing on its canvas again. */
export interface Drawn {
  destroy(): void;
}

/** Room for one label on the axis of time, in CSS pixels. */
const TICK_WIDTH = 72;
/** Largest part of the width for names beside bars, and the approximate width of a letter in CSS pixels. */
const NAMES_PART = 0.36;
const LETTER_WIDTH = 7;

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** The value under the pointer. */
interface Hovered {
  readonly datasetIndex: number;
  readonly dataIndex: number;
}

/** Point sizes: a value between two unknown ones has no line, so it gets a dot. */
const dots = (values: readonly (number | null)[]): number[] =>
  values.map((_, at) => ((values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null ? 2.5 : 0));

function look(series: ChartSeries): object {
  const full = colour(series.tone);
  if (series.shape === 'bar') return { type: 'bar', backgroundColor: full, borderWidth: 0 };
  const isArea = series.shape === 'area';
  return {
    type: 'line',
    borderColor: full,
    backgroundColor: isArea ? `${full}59` : 'transparent',
    borderWidth: isArea ? 1 : 2,
    borderDash: series.shape === 'dashed' ? [6, 4] : [],
    pointRadius: dots(series.values),
    pointHitRadius: 6,
    pointBackgroundColor: full,
    tension: 0,
  };
}

const axis = (unit: Unit, more: object): object => ({
  type: 'linear',
  beginAtZero: true,
  border: { color: colour('line') },
  grid: { color: colour('line') },
  ticks: {
    color: colour('muted'),
    maxTicksLimit: 6,
    callback: (value: string | number) => figureText(unit, Number(value)),
  },
  ...more,
});

const titled = (series: ChartSeries): object => ({ display: true, text: series.label, color: colour('muted') });

function common(chart: Chart): object {
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: 'index', intersect: false, axis: chart.kind === 'time' ? 'x' : 'y' },
    plugins: {
      legend: {
        display: chart.series.length > 1,
        position: 'bottom',
        labels: { color: colour('text'), boxWidth: 24, boxHeight: 8 },
      },
      tooltip: {
        callbacks: {
          label: ({ datasetIndex, dataIndex }: Hovered) => {
            const series = chart.series[datasetIndex] as ChartSeries;
            return `${series.label}: ${figureText(series.unit, series.values[dataIndex] ?? null)}`;
          },
          title: (items: readonly Hovered[]) => {
            const at = items[0]?.dataIndex ?? 0;
            if (chart.kind === 'bars') return chart.names[at] ?? '';
            return `${stampText(chart.since + at * chart.stepMs)} – ${stampText(chart.since + (at + 1) * chart.stepMs)} UTC`;
          },
        },
      },
    },
  };
}

function timeScales(chart: TimeChart): object {
  const until = chart.since + chart.steps * chart.stepMs;
  const ticksFor = (width: number) => timeTicks(chart.since, until, Math.max(2, Math.floor(width / TICK_WIDTH)));
  const left = chart.series.find(({ side }) => side === 'left');
  const right = chart.series.find(({ side }) => side === 'right');
  const labels = new Map<number, string>();
  return {
    x: axis('count', {
      min: chart.since,
      max: until,
      beginAtZero: false,
      // With bars, the axis would begin half a step early.
      offset: false,
      grid: { display: false },
      ticks: {
        color: colour('muted'),
        autoSkip: false,
        maxRotation: 0,
        callback: (value: string | number) => labels.get(Number(value)) ?? '',
      },
      afterBuildTicks: (scale: { maxWidth: number; ticks: { value: number }[] }) => {
        labels.clear();
        for (const { at, label } of ticksFor(scale.maxWidth)) labels.set(at, label);
        scale.ticks = [...labels.keys()].map((value) => ({ value }));
      },
    }),
    left: axis(left?.unit ?? 'count', {
      position: 'left',
      stacked: chart.series.some(({ isStacked }) => isStacked),
      ...(chart.top === null ? {} : { max: chart.top }),
      ...(right === undefined || left === undefined ? {} : { title: titled(left) }),
    }),
    ...(right === undefined
      ? {}
      : { right: axis(right.unit, { position: 'right', grid: { display: false }, title: titled(right) }) }),
  };
}

const timeSets = (chart: TimeChart): object[] =>
  chart.series.map((series, at) => ({
    label: series.label,
    yAxisID: series.side,
    stack: series.isStacked ? 'stacked' : series.label,
    fill: series.shape !== 'area' ? false : at > 0 && series.isStacked ? '-1' : 'origin',
    barPercentage: 1,
    categoryPercentage: 0.9,
    // The value of a step is drawn in its middle.
    data: series.values.map((y, step) => ({ x: chart.since + (step + 0.5) * chart.stepMs, y })),
    ...look(series),
  }));

function barScales(chart: BarChart): object {
  const [first] = chart.series;
  return {
    x: axis(first?.unit ?? 'count', { position: 'bottom' }),
    y: {
      type: 'category',
      border: { color: colour('line') },
      grid: { display: false },
      ticks: {
        color: colour('text'),
        autoSkip: false,
        callback(this: { chart: Drawing }, _: unknown, at: number): string {
          const name = chart.names[at] ?? '';
          const room = Math.max(8, Math.floor((this.chart.width * NAMES_PART) / LETTER_WIDTH));
          return name.length > room ? `${name.slice(0, room - 1)}…` : name;
        },
      },
    },
  };
}

const barSets = (chart: BarChart): object[] =>
  chart.series.map((series) => ({
    label: series.label,
    maxBarThickness: 18,
    barPercentage: 0.95,
    data: [...series.values],
    ...look(series),
  }));

/** Draws the chart; the box around the canvas gives its size. */
export function draw(chart: Chart, canvas: HTMLCanvasElement): Drawn {
  Drawing.defaults.font.family = getComputedStyle(document.body).fontFamily;
  const isTime = chart.kind === 'time';
  const configuration: object = {
    type: 'bar',
    data: isTime ? { datasets: timeSets(chart) } : { labels: [...chart.names], datasets: barSets(chart) },
    options: {
      ...common(chart),
      indexAxis: isTime ? 'x' : 'y',
      scales: isTime ? timeScales(chart) : barScales(chart),
    },
  };
  // The types of Chart.js require one kind for all datasets.
  return new Drawing(canvas, configuration as ChartConfiguration);
}
