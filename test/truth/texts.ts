/** The figures of the screens in words: what they must print, line by line or cell by cell. */
import type { Overrun } from './advice.ts';
import { isOf } from './advice.ts';
import { efficiencyOf } from './efficiency.ts';
import type { Files, Raw } from './files.ts';
import { forecastOf } from './forecast.ts';
import { cost, inWords, many, percent, round, short, slotHours, time, tokens } from './forms.ts';
import type { Dimension } from './present.ts';
import { DIMENSIONS, IN_JSON, presentOf, same, UNIT } from './present.ts';
import type { TrueReport } from './report.ts';
import { statusOf } from './status.ts';

type Rows = Record<string, readonly string[]>;

/** The rows of a table by their first cell; `heads` are the headings of all columns. */
export function rowsIn(lines: readonly string[], heads: readonly string[]): Rows {
  const begin = lines.findIndex(
    (line) => heads.every((head) => line.includes(head)) && line.startsWith(heads[0] ?? ''),
  );
  if (begin < 0) return {};
  const head = lines[begin] as string;
  const places = heads.map((name) => head.indexOf(name));
  const rows: Rows = {};
  for (const line of lines.slice(begin + 1)) {
    if (line === '' || line.startsWith('   ')) break;
    const [first = '', ...rest] = places.map((place, at) => line.slice(place, places[at + 1]).trim());
    rows[first.toLowerCase()] = rest;
  }
  return rows;
}

const three = (value: number | null): string => (value === null ? '–' : String(round(value, 3)));

export const AGENTS = ['agent', 'tokens', 'time', 'cost', 'used', 'status', 'reports'];
export const PROJECTS = ['project', 'held', 'grants', 'wait', '95% within', 'reclaimed', 'ended'];

/** A measure, its target, and whether it is met; the screen prints the value alone when nothing was measured. */
const measure = (value: number | null, target: number): readonly string[] => [
  three(value),
  `≥ ${target}`,
  value === null ? '' : value >= target ? 'met' : 'missed',
];

const longest = (seconds: number | null): readonly string[] => [
  seconds === null ? '–' : `${three(seconds)}s`,
  '≤ 1s',
  seconds === null ? '' : seconds <= 1 ? 'met' : 'missed',
];

export function reportTexts(report: TrueReport): {
  readonly measures: Rows;
  readonly agents: Rows;
  readonly projects: Rows;
} {
  const { metrics } = report;
  const amount = (value: number, form: (value: number) => string): string => (value === 0 ? '' : form(value));
  return {
    measures: {
      'budget utilisation': measure(metrics.utilisation, 0.85),
      'slot utilisation': measure(metrics.slot_utilisation, 0.85),
      fairness: measure(metrics.fairness, 0.9),
      responsiveness: longest(metrics.responsiveness),
      'forecast accuracy': measure(metrics.forecast_accuracy, 0.85),
    },
    agents: Object.fromEntries(
      report.agents
        .slice(0, 20)
        .map(({ agent, consumed, used, status, reports }: Raw) => [
          agent,
          [
            ...[amount(consumed.tokens, tokens), amount(consumed.time_seconds, short)],
            amount(consumed.cost, (dollars) => cost(round(dollars * 1e6))),
            ...[used === null ? '' : percent(used), status ?? 'released', String(reports)],
          ],
        ]),
    ),
    projects: Object.fromEntries(
      report.projects.map(({ project, grants, waited_seconds: waited, reclaimed, killed }: Raw) => [
        project,
        [
          slotHours(new Map(report.hours).get(project) ?? 0),
          String(grants),
          ...[waited.mean, waited.p95].map((seconds) => (grants === 0 ? '' : short(seconds))),
          ...[String(reclaimed), String(killed)],
        ],
      ]),
    ),
  };
}

const VM = [
  ['CPU', 'cpu_percent', 'max_cpu_percent', '%'],
  ['RAM', 'memory_percent', 'max_memory_percent', '%'],
  ['Load', 'load_average', 'max_load_average', ''],
] as const;

const list = (lease: Raw): Raw[] => lease.agents;

/** Lines that `resource-status` prints. */
export function statusLines(files: Files): string[] {
  const { slots } = files;
  const { vm, slots: pool, projects } = statusOf(files, () => null);
  const present = presentOf(files);
  const lines: string[] = [];
  for (const [name, key, limit, unit] of VM) {
    const allowed = name === 'Load' ? Number(slots.vm_limits[limit]).toFixed(1) : slots.vm_limits[limit];
    if (vm[key] !== null) lines.push(`   ${name}: ${vm[key]}${unit} (of ${allowed}${unit} limit)`);
  }
  if (vm.disk_usage_percent !== null) lines.push(`   Disk: ${vm.disk_usage_percent}%`);
  const allowed = pool.effective_max < pool.max ? ` (${pool.effective_max} allowed now)` : '';
  lines.push(`Implementation Slots: ${pool.used}/${pool.max} used${allowed}`);
  const width = Math.max(...projects.map(({ project }) => project.length));
  for (const { project, slots: held } of projects) {
    const names = present.leases.filter((lease) => same(lease.project, project)).flatMap(list);
    const features = names.length === 0 ? '' : ` (Features: ${names.map(({ name }) => name).join(', ')})`;
    lines.push(`   ${`${project}:`.padEnd(width + 1)} ${many(held, 'agent')}${features}`);
  }
  return lines;
}

/** Lines that `resource-status PROJECT` prints for a project that holds slots. */
export function projectLines(files: Files, project: string): string[] {
  const present = presentOf(files);
  const leases = present.leases.filter((lease) => same(lease.project, project));
  const held = leases.reduce((slots, lease) => slots + lease.slots, 0);
  const share = present.max === 0 ? 0 : round((100 * held) / present.max);
  const agents = leases.flatMap(list);
  const lines = [`Allocated Slots: ${held}/${present.max} (${share}%)`];
  agents.forEach(({ name, progress }, at) => {
    lines.push(`   ${at + 1}. Feature/${name}${progress == null ? '' : ` - ${progress}% complete`}`);
  });
  const size = leases.reduce((slots, lease) => slots + lease.slots + (lease.within ?? 0), 0);
  if (size > agents.length) lines.push(`${size - agents.length} without a name`);
  return lines;
}

/** SLOTS and WAITED of each request, by ticket. */
export function queueCells(files: Files): Record<string, readonly string[]> {
  const { queue, now } = presentOf(files);
  return Object.fromEntries(
    queue.map(({ ticket, slots, min_slots: least, queued_at: at }) => [
      ticket,
      [least === slots ? String(slots) : `${least}-${slots}`, short((now - Date.parse(at)) / 1000)],
    ]),
  );
}

const FORM = { tokens, time_ms: time, cost_micro_usd: cost } as const;
const WORD = { tokens: 'tokens', time_ms: 'time', cost_micro_usd: 'cost' } as const;

/** An exact amount with its unit. */
const exact = (dimension: Dimension, amount: number): string =>
  dimension === 'tokens' ? `${tokens(amount)} token${amount === 1 ? '' : 's'}` : FORM[dimension](amount);

/** Lines that `efficiency AGENT` prints. */
export function efficiencyLines(files: Files, agent: string): string[] {
  const truth = efficiencyOf(files, agent, 12);
  const used = DIMENSIONS.flatMap((dimension) => {
    const share = truth.used[IN_JSON[dimension]];
    return share == null ? [] : [`${percent(share)} of its ${WORD[dimension]}`];
  });
  const { per_percent_of_progress: per, idle_share: idle } = truth;
  const costs = DIMENSIONS.flatMap((dimension) => {
    const amount = per === null ? 0 : per[IN_JSON[dimension]] * UNIT[dimension];
    // The sums of fractions of a second or a dollar are whole in the smaller unit.
    return amount === 0 ? [] : [exact(dimension, round(round(amount, 6)))];
  });
  return [
    ...(used.length > 0 ? [used.join(', ')] : []),
    ...(per === null || costs.length === 0 ? [] : [costs.join(', ')]),
    ...(idle === null ? [] : [`${percent(idle)} of the time`]),
    truth.grants === 0
      ? 'none recorded'
      : `${inWords(truth.waits_suffered_seconds)} on average over ${many(truth.grants, 'grant')}`,
    `${round(truth.waits_caused_seconds / 60, 1)} slot-minute`,
  ];
}

/** Parts of lines that `forecast AGENT` prints. */
export function forecastParts(files: Files, agent: string): string[] {
  const { now } = files;
  const ahead = (at: string): number => (Date.parse(at) - now) / 1000;
  return forecastOf(files, agent).dimensions.flatMap((found) => {
    const dimension = DIMENSIONS.find((one) => IN_JSON[one] === found.dimension) as Dimension;
    const left = round(found.left * UNIT[dimension]);
    if (left <= 0) return [];
    const said = [`${percent(found.share_used)} used`, `${exact(dimension, left)} left`];
    if (found.exhausts_at === null || found.calls_left === null) return said;
    const calls = many(Math.max(1, round(found.calls_left)), 'more call');
    return [
      ...said,
      ...(ahead(found.exhausts_at) < 1 ? [] : [`about ${inWords(ahead(found.exhausts_at))}, after ${calls}`]),
    ];
  });
}

/** An exact duration of seconds. */
function exactly(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [`${Math.floor(whole / 3600)}h`, `${Math.floor((whole % 3600) / 60)}m`, `${whole % 60}s`];
  return parts.filter((part) => Number.parseInt(part, 10) > 0).join('') || '0s';
}

/** The figures of each recommendation in words, in lower case. */
function adviceParts(one: Raw): string[] {
  const amount = (value: number): string => exact(one.dimension, value);
  switch (one.code) {
    case 'overrun':
      return [`${one.agent} used ${amount(one.by)} more than its budget`];
    case 'unused':
      return [`${one.agent} is idle with ${amount(one.left)} left`];
    case 'died':
      return [`${many(one.leases, 'lease')} of ${one.project} `];
    case 'pool-idle':
      return [`${one.workflow} still has ${amount(one.left)} in its pool`];
    default:
      return [
        `${one.project} waited ${exactly(one.waitedSeconds)}${one.used === null ? '' : ` with ${percent(one.used)} of the slots in use`}`,
        ...one.causes.map(
          ({ seconds }: Raw, at: number) => `, ${exactly(seconds)}${at === 0 ? ' of it' : ''} because `,
        ),
      ];
  }
}

/** Parts of lines that `report` prints, in lower case; of equal overruns one. */
export function reportParts({ events, crossings, overruns, recommendations }: TrueReport): string[] {
  const exceeded = (overruns as Overrun[]).map(
    (one) =>
      `${one.agent} exceeded its budget: ${exact(one.dimension, one.consumed)} of ${exact(one.dimension, one.allocated)}`,
  );
  return [
    `report: 7 days until `,
    `, ${many(events, 'event')}`,
    ...(crossings === 0 ? [] : [many(crossings, 'threshold crossing')]),
    ...exceeded.filter((_, at) => overruns.findIndex((other: Overrun) => isOf(overruns[at], other)) === at),
    ...recommendations.flatMap(adviceParts).map((part: string) => part.toLowerCase()),
  ];
}
