/** GenerateReport as an answer: JSON, and a screen for people. */
import type { Styles } from '../context.ts';
import type { AgentBudget, Dimension, Usage } from '../core/model/budget.ts';
import type { Instant } from '../core/model/instants.ts';
import type { Advice, Quality, Report } from '../core/report/report.ts';
import { TARGETS } from '../core/report/report.ts';
import type { ProjectTally } from '../core/report/tally.ts';
import { amountText, DIMENSION_WORDS } from './amounts.ts';
import type { AmountsJson } from './budget.ts';
import { amountsJson } from './budget.ts';
import { durationWords } from './duration.ts';
import { hoursText } from './history.ts';
import { mark } from './styles.ts';
import { fittingTable } from './table.ts';
import { wrap } from './wrap.ts';

const round = (value: number): number => Math.round(value * 10_000) / 10_000;
const rounded = (value: number | null): number | null => (value === null ? null : round(value));
const iso = (at: Instant): string => new Date(at).toISOString();

export interface MeasureJson {
  readonly value: number | null;
  readonly target: number;
  readonly met: boolean | null;
  readonly note: string;
}

export interface ReportJson {
  readonly schema_version: 1;
  readonly workflow: string | null;
  readonly since: string;
  readonly until: string;
  readonly events: number;
  readonly agents: readonly {
    readonly agent: string;
    readonly workflow: string;
    readonly reports: number;
    readonly consumed: AmountsJson;
    readonly allocated: AmountsJson | null;
    readonly percentage: number | null;
    readonly status: string | null;
  }[];
  readonly projects: readonly {
    readonly project: string;
    readonly slot_seconds: number;
    readonly grants: number;
    readonly waited_seconds: { readonly mean: number; readonly p95: number; readonly max: number };
    readonly denied: number;
    readonly reclaimed: number;
    readonly killed: number;
  }[];
  readonly workflows: readonly {
    readonly workflow: string;
    readonly total: AmountsJson;
    readonly reserve: AmountsJson;
    readonly pool: AmountsJson;
    readonly allocated: AmountsJson;
    readonly consumed: AmountsJson;
  }[];
  readonly overruns: readonly {
    readonly agent: string;
    readonly dimension: string;
    readonly allocated: number;
    readonly consumed: number;
  }[];
  readonly metrics: Readonly<
    Record<'utilisation' | 'slot_utilisation' | 'fairness' | 'responsiveness' | 'forecast_accuracy', MeasureJson>
  > & { readonly fairness_by_the_seed: { readonly value: number | null; readonly note: string } };
  readonly recommendations: readonly (Readonly<Record<string, unknown>> & { readonly text: string })[];
}

const SEED_NOTE =
  '1 − variance ÷ mean of the shares: it has the unit of what it is fed and no lower bound, so it is shown, not judged';

const measure = (value: number | null, target: number, note: string, isAtMost = false): MeasureJson => ({
  value: rounded(value),
  target,
  met: value === null ? null : isAtMost ? value <= target : value >= target,
  note,
});

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function metricsOf(quality: Quality): ReportJson['metrics'] {
  const { utilisationOf: of, backlogged, crossings, forecastsJudged } = quality;
  return {
    utilisation: measure(
      quality.utilisation,
      TARGETS.utilisation,
      of === null ? 'no budget is allocated' : `consumed ÷ allocated, ${DIMENSION_WORDS[of]}`,
    ),
    slot_utilisation: measure(
      quality.slotUtilisation,
      TARGETS.utilisation,
      'slots in use ÷ slots that were wanted and there',
    ),
    fairness: measure(
      quality.fairness,
      TARGETS.fairness,
      backlogged === 0
        ? 'nobody had to wait'
        : quality.fairness === null
          ? 'those who waited held nothing meanwhile: there is nothing to compare'
          : `Jain’s index, served ÷ entitled of ${plural(backlogged, 'project')} that waited`,
    ),
    responsiveness: measure(
      quality.responsivenessSeconds,
      TARGETS.responsivenessSeconds,
      crossings === 0
        ? 'no mark was crossed'
        : `seconds; ${plural(crossings, 'mark')} crossed, each told in the same call; the rest is the slowest end of a run`,
      true,
    ),
    forecast_accuracy: measure(
      quality.forecastAccuracy,
      TARGETS.forecastAccuracy,
      forecastsJudged === 0
        ? 'no forecast was judged yet'
        : `within 10 % of what came, ${plural(forecastsJudged, 'forecast')}`,
    ),
    fairness_by_the_seed: { value: rounded(quality.seedFairness), note: SEED_NOTE },
  };
}

/** What a person could do, with the numbers that it rests on. */
export function adviceText(advice: Advice): string {
  switch (advice.code) {
    case 'overrun':
      return `${advice.agent} used ${amountText(advice.dimension, advice.by)} more than it was given: give it more, or a smaller task`;
    case 'unused':
      return `${advice.agent} is idle with ${amountText(advice.dimension, advice.left)} left, less than a quarter used: budget return, or auto_rebalance`;
    case 'waits-while-free':
      return `${advice.project} waited up to ${durationWords(advice.waitedSeconds)} with ${Math.round(advice.used * 100)} % of the slots in use: its own limit or the strategy holds it up`;
    case 'too-few-slots':
      return `requests waited up to ${durationWords(advice.waitedSeconds)} with ${Math.round(advice.used * 100)} % of the slots in use: more slots (set-max), if memory allows`;
    case 'died':
      return `${plural(advice.leases, 'lease')} of ${advice.project} came back because the holder was gone: let it release when it is done`;
    case 'pool-idle':
      return `${advice.workflow} still has ${amountText(advice.dimension, advice.left)} in its pool while agents ran over: budget from-pool, or auto_rebalance`;
  }
}

const adviceJson = ({ code, ...rest }: Advice): ReportJson['recommendations'][number] => ({
  code,
  ...rest,
  text: adviceText({ code, ...rest } as Advice),
});

const inUnits = (dimension: Dimension, amount: number): number =>
  dimension === 'timeMs' ? amount / 1000 : dimension === 'costMicroUsd' ? amount / 1e6 : amount;
const dimensionName = (dimension: Dimension): string =>
  dimension === 'timeMs' ? 'time_seconds' : dimension === 'costMicroUsd' ? 'cost' : 'tokens';

const shareOf = (budget: AgentBudget | null): number | null => {
  if (budget === null) return null;
  const shares = (['tokens', 'timeMs', 'costMicroUsd'] as const).flatMap((of) => {
    const most = budget.allocated[of];
    return most === null || most === 0 ? [] : [budget.consumed[of] / most];
  });
  return shares.length === 0 ? null : Math.max(...shares);
};

const projectJson = ({ project, slotMs, grants, waits, denied, reclaimed, killed }: ProjectTally) => ({
  project,
  slot_seconds: Math.round(slotMs / 1000),
  grants,
  waited_seconds: { mean: round(waits.mean), p95: round(waits.quantile(0.95)), max: round(waits.max) },
  denied,
  reclaimed,
  killed,
});

export function reportJson(report: Report, since: Instant, until: Instant): ReportJson {
  return {
    schema_version: 1,
    workflow: report.workflow,
    since: iso(since),
    until: iso(until),
    events: report.events,
    agents: report.agents.map(({ budget, ...told }) => ({
      agent: told.agent,
      workflow: told.workflow,
      reports: told.reports,
      consumed: amountsJson(told),
      allocated: budget === null ? null : amountsJson(budget.allocated),
      percentage: rounded(shareOf(budget)),
      status: budget?.level ?? null,
    })),
    projects: report.projects.map(projectJson),
    workflows: report.workflows.map(({ workflow, pool, allocated, consumed }) => ({
      workflow: workflow.workflow,
      total: amountsJson(workflow.total),
      reserve: amountsJson(workflow.reserve),
      pool: amountsJson(pool),
      allocated: amountsJson(allocated),
      consumed: amountsJson(consumed),
    })),
    overruns: report.overruns.map(({ agent, dimension, allocated, consumed }) => ({
      agent,
      dimension: dimensionName(dimension),
      allocated: inUnits(dimension, allocated),
      consumed: inUnits(dimension, consumed),
    })),
    metrics: metricsOf(report.quality),
    recommendations: report.advice.map(adviceJson),
  };
}

const figure = (value: number | null, isSeconds: boolean): string =>
  value === null ? '–' : isSeconds ? `${value} s` : String(Math.round(value * 1000) / 1000);

function measureRows(metrics: ReportJson['metrics'], styles: Styles): string[][] {
  const named: readonly (readonly [string, keyof Omit<ReportJson['metrics'], 'fairness_by_the_seed'>])[] = [
    ['budget utilisation', 'utilisation'],
    ['slot utilisation', 'slot_utilisation'],
    ['fairness', 'fairness'],
    ['responsiveness', 'responsiveness'],
    ['forecast accuracy', 'forecast_accuracy'],
  ];
  return named.map(([label, key]) => {
    const { value, target, met, note } = metrics[key];
    const isSeconds = key === 'responsiveness';
    const sign = met === null ? '' : met ? mark(styles, '✅', 'met ') : mark(styles, '❌', 'missed ');
    return [
      label,
      figure(value, isSeconds),
      `${isSeconds ? '≤' : '≥'} ${figure(target, isSeconds)}`,
      sign.trim(),
      note,
    ];
  });
}

const MOST_ROWS = 20;

const spentCells = ({ tokens, timeMs, costMicroUsd }: Usage): string[] => [
  tokens === 0 ? '' : amountText('tokens', tokens).replace(' tokens', ''),
  timeMs === 0 ? '' : durationWords(timeMs / 1000),
  costMicroUsd === 0 ? '' : amountText('costMicroUsd', costMicroUsd),
];

const cut = (rows: readonly string[][], what: string): string[] =>
  rows.length > MOST_ROWS ? [`   and ${rows.length - MOST_ROWS} more ${what}: --json has all`] : [];

export function reportText(report: Report, since: Instant, until: Instant, styles: Styles, width: number): string {
  const { metrics } = reportJson(report, since, until);
  const of = report.workflow === null ? '' : ` of ${report.workflow}`;
  const lines = [
    `${mark(styles, '📈', '')}${styles.bold(`Report${of}`)}: ${durationWords((until - since) / 1000)} until ${iso(until).slice(0, 16).replace('T', ' ')} UTC, ${plural(report.events, 'event')}`,
    '',
    ...fittingTable(['measure', 'value', 'target', '', 'of'], measureRows(metrics, styles), styles, width, ['of']),
  ];
  const bySeed = metrics.fairness_by_the_seed.value;
  if (bySeed !== null)
    lines.push(
      styles.dim(
        `1 − variance ÷ mean of the shares is ${figure(bySeed, false)}: it has the unit of what it is fed, so it judges nothing`,
      ),
    );
  const agents = report.agents.map(({ budget, ...told }) => {
    const share = shareOf(budget);
    return [
      told.agent,
      ...spentCells(told),
      share === null ? '' : `${Math.round(share * 100)} %`,
      budget?.level ?? 'released',
      String(told.reports),
    ];
  });
  if (agents.length > 0)
    lines.push(
      '',
      ...fittingTable(
        ['agent', 'tokens', 'time', 'cost', 'used', 'status', 'reports'],
        agents.slice(0, MOST_ROWS),
        styles,
        width,
        ['reports', 'time', 'status'],
      ),
      ...cut(agents, 'agents'),
    );
  const projects = report.projects.map(({ project, slotMs, grants, waits, reclaimed, killed }) => [
    project,
    hoursText(slotMs),
    String(grants),
    grants === 0 ? '' : durationWords(waits.mean),
    grants === 0 ? '' : durationWords(waits.quantile(0.95)),
    String(reclaimed),
    String(killed),
  ]);
  if (projects.length > 0)
    lines.push(
      '',
      ...fittingTable(
        ['project', 'held', 'grants', 'wait', '95 % within', 'reclaimed', 'ended'],
        projects.slice(0, MOST_ROWS),
        styles,
        width,
        ['ended', 'reclaimed', '95 % within'],
      ),
      ...cut(projects, 'projects'),
    );
  for (const { agent, dimension, allocated, consumed } of report.overruns)
    lines.push(
      '',
      `${mark(styles, '⚠️ ', '')}${agent} ran over: ${amountText(dimension, consumed)} of ${amountText(dimension, allocated)}`,
    );
  lines.push('', styles.bold('Recommendations:'));
  if (report.advice.length === 0) lines.push('   none');
  for (const advice of report.advice) lines.push(wrap(`- ${adviceText(advice)}`, '   ', width));
  return lines.join('\n');
}
