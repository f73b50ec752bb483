/** A chart as a value; the page describes it in words and the script of the page draws it. */
import { figureText, type Unit } from './figures.ts';

/** Colours by name; each theme has its own (style.ts). */
export type Tone = 'blue' | 'orange' | 'green' | 'purple' | 'grey';

export interface ChartSeries {
  readonly label: string;
  /** One value per step or name; null if unknown. */
  readonly values: readonly (number | null)[];
  /** The largest value of each step, if the values are means. */
  readonly peaks?: readonly (number | null)[];
  /** The value at the end of the time, if the values are means. */
  readonly end?: number | null;
  readonly unit: Unit;
  readonly tone: Tone;
  readonly shape: 'area' | 'line' | 'dashed' | 'bar';
  /** The scale of its values. */
  readonly side: 'left' | 'right';
  /** Stacked on the series before. */
  readonly isStacked: boolean;
  /** The figure named in words. */
  readonly said: 'mean' | 'sum' | 'last' | 'most';
}

interface ChartBase {
  /** A word for the element’s id. */
  readonly id: string;
  readonly title: string;
  readonly series: readonly ChartSeries[];
  /** Shown instead of an empty chart. */
  readonly nothing: string;
}

/** Values over time, in equal steps. */
export interface TimeChart extends ChartBase {
  readonly kind: 'time';
  readonly since: number;
  readonly stepMs: number;
  readonly steps: number;
  /** End of the left scale; null fits the values. */
  readonly top: number | null;
}

/** Values by name, as horizontal bars. */
export interface BarChart extends ChartBase {
  readonly kind: 'bars';
  readonly names: readonly string[];
  /** Number of names that are not shown. */
  readonly left: number;
}

export type Chart = TimeChart | BarChart;

/** Input of the script in the page; it is in the element with the id `DATA_ID`. */
export interface PageData {
  readonly charts: readonly Chart[];
}
export const DATA_ID = 'charts-data';

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

export const isEmpty = ({ series }: Chart): boolean => series.every(({ values }) => known(values).length === 0);

function seriesText({ label, values, peaks, end, unit, said }: ChartSeries, names: readonly string[] | null): string {
  const seen = known(values);
  if (seen.length === 0) return `${label}: unknown`;
  const most = Math.max(...known(peaks ?? values));
  const sum = seen.reduce((total, value) => total + value, 0);
  switch (said) {
    case 'mean':
      return `${label}: ${figureText(unit, sum / seen.length)} on average, at most ${figureText(unit, most)}`;
    case 'sum':
      return `${label}: ${figureText(unit, sum)} in total, at most ${figureText(unit, most)}`;
    case 'last':
      return `${label}: ${figureText(unit, end ?? (seen.at(-1) as number))} at the end`;
    case 'most':
      return `${label}: at most ${figureText(unit, most)}${names === null ? '' : ` (${names[values.indexOf(most)]})`}`;
  }
}

/** The chart in a sentence, for screen readers. */
export const chartText = (chart: Chart): string =>
  `${chart.series.map((series) => seriesText(series, chart.kind === 'bars' ? chart.names : null)).join('; ')}.`;
