/** The history as a screen: plots and projects of the time, then the latest events. */
import { HOUR_MS, type Instant } from '../../core/model/instants.ts';
import type { KeptRecord } from '../../core/model/record.ts';
import type { Figures, SeriesPoint } from '../../core/report/series.ts';
import type { ProjectTally } from '../../core/report/tally.ts';
import type { Styles } from '../../ports/styles.ts';
import { plural } from '../text/counts.ts';
import { durationWords } from '../text/duration.ts';
import { solidBar, sparkline } from '../text/sparkline.ts';
import { mark } from '../text/styles.ts';
import { recordWords, subjectOf } from './record.ts';

export interface HistoryView {
  readonly since: Instant;
  readonly until: Instant;
  readonly points: readonly SeriesPoint[];
  /** The figures at the end of the time. */
  readonly end: Figures;
  readonly projects: readonly ProjectTally[];
  /** The latest records, oldest first. */
  readonly records: readonly KeptRecord[];
  /** Number of all records in the time. */
  readonly count: number;
}

/** Longest and shortest bar, and the room for the text after it, in columns. */
const [LONGEST_BAR, SHORTEST_BAR, TEXT_AFTER] = [20, 4, 60];

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);
const mostOf = (values: readonly (number | null)[]): number => Math.max(0, ...known(values));

/** Means in steps; the last and the largest value in words, which are no means. */
interface Plot {
  readonly label: string;
  readonly means: readonly (number | null)[];
  /** Upper end of the scale. */
  readonly top: number;
  readonly now: number | null;
  readonly peak: number;
  readonly unit: '' | '%';
}

function plotLine({ label, means, top, now, peak, unit }: Plot, isPlain: boolean): string[] {
  if (known(means).length === 0 || now === null) return [];
  const said = `now ${Math.round(now)}${unit}, peak ${Math.round(peak)}${unit}`;
  return [`   ${label.padEnd(7)} ${sparkline(means, top, isPlain)}  ${said}`];
}

function plotLines({ points, end }: HistoryView, isPlain: boolean): string[] {
  const plot = (label: string, key: keyof Figures, unit: Plot['unit'], topOf: (peak: number) => number): string[] => {
    const peak = mostOf(points.map(({ most }) => most[key]));
    const means = points.map((point) => point[key]);
    return plotLine({ label, means, top: topOf(peak), now: end[key], peak, unit }, isPlain);
  };
  const capacity = mostOf(points.map(({ most }) => most.capacity));
  return [
    ...plot('slots', 'slots', '', (peak) => Math.max(1, peak, capacity)),
    ...plot('queued', 'queued', '', (peak) => Math.max(1, peak)),
    ...plot('memory', 'memoryPercent', '%', () => 100),
    ...plot('cpu', 'cpuPercent', '%', () => 100),
  ];
}

/** The instant in UTC, so that the output is the same everywhere. */
export const stamp = (at: Instant): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

export const hoursText = (slotMs: number): string => {
  const hours = slotMs / HOUR_MS;
  return `${hours >= 10 ? Math.round(hours) : Math.round(hours * 100) / 100} slot-hours`;
};

function projectLines(projects: readonly ProjectTally[], isPlain: boolean, width: number): string[] {
  const busy = projects.filter(({ slotMs, grants }) => slotMs > 0 || grants > 0);
  const most = Math.max(0, ...busy.map(({ slotMs }) => slotMs));
  const label = Math.max(0, ...busy.map(({ project }) => project.length));
  const columns = Math.min(LONGEST_BAR, Math.max(SHORTEST_BAR, width - label - TEXT_AFTER));
  return busy.map(({ project, slotMs, grants, waits }) => {
    const waited = waits.max > 0 ? `, waited ${durationWords(waits.mean)}` : '';
    const share = most === 0 ? 0 : slotMs / most;
    return `   ${project.padEnd(label)} ${solidBar(share, columns, isPlain)} ${hoursText(slotMs)}, ${plural(grants, 'grant')}${waited}`;
  });
}

export function historyText(view: HistoryView, styles: Styles, width: number): string {
  const { since, until, projects, records, count } = view;
  const isPlain = !styles.emoji;
  const lines = [
    `${mark(styles, '🕰️ ', '')}${styles.bold('History')} of ${durationWords((until - since) / 1000)} until ${stamp(until)} UTC`,
  ];
  const plots = plotLines(view, isPlain);
  if (plots.length > 0) lines.push('', ...plots);
  const bars = projectLines(projects, isPlain, width);
  if (bars.length > 0) lines.push('', styles.bold('Projects:'), ...bars);
  lines.push('', styles.bold(count > records.length ? `Latest ${records.length} of ${count} events:` : 'Events:'));
  if (records.length === 0) lines.push('   none');
  const label = Math.max(0, ...records.map((record) => Math.min(24, subjectOf(record).length)));
  for (const record of records) {
    const head = `   ${stamp(record.at)}  ${subjectOf(record).slice(0, 24).padEnd(label)}  `;
    const words = recordWords(record);
    const room = Math.max(20, width - head.length);
    lines.push(`${styles.dim(head)}${words.length > room ? `${words.slice(0, room - 1)}…` : words}`);
  }
  return lines.join('\n');
}
