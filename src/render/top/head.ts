/** The lines above the list: health with limits, slots, queue length, budget colours. */
import type { Styles } from '../../ports/styles.ts';
import { paintOfLevel } from '../budget.ts';
import { visible } from '../text/columns.ts';
import { shortDuration } from '../text/duration.ts';
import { mark } from '../text/styles.ts';
import type { Board } from './board.ts';
import { boxedBar, flowed, type Span, span } from './spans.ts';

const HEALTH = {
  healthy: { word: 'Healthy', light: '🟢' },
  degraded: { word: 'Degraded', light: '🟡' },
  critical: { word: 'Critical', light: '🔴' },
} as const;

/** Above this age of the sample, its age is shown. */
const STALE_SECONDS = 120;

function figure(label: string, value: number | null, limit: number | null, unit: string, styles: Styles): Span[][] {
  if (value === null) return [];
  const most = limit === null ? '' : `/${unit === '' ? limit.toFixed(1) : limit}`;
  return [
    [
      span(`${label} `),
      span(String(value), limit !== null && value > limit ? styles.bad : undefined),
      span(`${most}${unit}`, styles.dim),
    ],
  ];
}

function health({ vm, limits, sampledSeconds }: Board, styles: Styles): Span[][] {
  const label = span('VM Health: ', styles.bold);
  const isSampled = vm.cpuPercent !== null || vm.memoryPercent !== null || vm.loadAverage !== null;
  if (vm.health === null || !isSampled) return [[label, span('Unknown '), span('(not sampled yet)', styles.dim)]];
  const paint = { healthy: styles.good, degraded: styles.warn, critical: styles.bad }[vm.health];
  const { word, light } = HEALTH[vm.health];
  const isStale = sampledSeconds !== null && sampledSeconds > STALE_SECONDS;
  return [
    [label, span(mark(styles, light, '')), span(word, paint)],
    ...figure('CPU', vm.cpuPercent, limits.maxCpuPercent, '%', styles),
    ...figure('RAM', vm.memoryPercent, limits.maxMemoryPercent, '%', styles),
    ...figure('Load', vm.loadAverage, limits.maxLoadAverage, '', styles),
    ...figure('Disk', vm.diskUsagePercent, limits.maxDiskPercent, '%', styles),
    ...(isStale ? [[span(`sampled ${shortDuration(sampledSeconds)} ago`, styles.dim)]] : []),
  ];
}

const BAR_FROM = 70;
const BAR_COLUMNS = 22;

function slots(board: Board, columns: number, styles: Styles): Span[][] {
  const { used, most, allowed, setAside, queue, levels } = board;
  const isFull = used + setAside >= allowed;
  const drawn = columns < BAR_FROM ? '' : `${boxedBar(most === 0 ? 0 : used / most, BAR_COLUMNS)} `;
  const paused = most === 0 ? ', paused' : '';
  const reduced = allowed < most ? `, ${allowed} allowed now` : '';
  const aside = setAside > 0 ? `, ${setAside} set aside` : '';
  const colours = levels.flatMap(([level, agents], at) => [
    span(at === 0 ? '' : ', '),
    span(`${agents} ${level}`, paintOfLevel(level, styles)),
  ]);
  return [
    [
      span('Slots: ', styles.bold),
      span(drawn, isFull ? styles.warn : styles.good),
      span(`${used}/${most} used`),
      span(`${paused}${reduced}${aside}`, styles.warn),
    ],
    [span('Queue: ', styles.bold), span(queue.length === 0 ? 'empty' : `${queue.length} waiting`)],
    ...(colours.length === 0 ? [] : [[span('Budgets: ', styles.bold), ...colours]]),
  ];
}

/** At most `room` lines; if there is too little room, lines about health are dropped from the end. */
export function headLines(board: Board, columns: number, room: number, styles: Styles): string[] {
  const { reason } = board.vm;
  const isStrained = reason !== null && board.vm.health !== 'healthy';
  const above = [
    ...flowed(health(board, styles), columns),
    ...(isStrained ? flowed([[span(`   ${visible(reason)}`, styles.warn)]], columns) : []),
  ];
  const below = flowed(slots(board, columns, styles), columns);
  return [...above.slice(0, Math.max(1, room - below.length)), ...below].slice(0, room);
}
