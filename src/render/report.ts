/** GenerateReport as a screen. */
import type { Usage } from '../core/model/budget.ts';
import type { Instant } from '../core/model/instants.ts';
import type { Report } from '../core/report/report.ts';
import type { ProjectTally } from '../core/report/tally.ts';
import type { Styles } from '../ports/styles.ts';
import { adviceText } from './advice.ts';
import { hoursText } from './history/history.ts';
import { iso } from './json/json-values.ts';
import { measuresOf, type ReportJson, shareOf } from './json/report-json.ts';
import { amountText } from './text/amounts.ts';
import { plural } from './text/counts.ts';
import { durationWords, shortDuration } from './text/duration.ts';
import { mark } from './text/styles.ts';
import { fittingTable } from './text/table.ts';
import { wrap } from './text/wrap.ts';

const figure = (value: number | null, isSeconds: boolean): string =>
  value === null ? '–' : `${Math.round(value * 1000) / 1000}${isSeconds ? 's' : ''}`;

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

/** Style and columns of the terminal. */
interface TableStyle {
  readonly styles: Styles;
  readonly width: number;
}

const spentCells = ({ tokens, timeMs, costMicroUsd }: Usage): string[] => [
  tokens === 0 ? '' : amountText('tokens', tokens).replace(/ tokens?$/, ''),
  timeMs === 0 ? '' : shortDuration(timeMs / 1000),
  costMicroUsd === 0 ? '' : amountText('costMicroUsd', costMicroUsd),
];

/** A table after an empty line, cut to `MOST_ROWS` rows; no lines for no rows. */
function section(
  noun: string,
  head: readonly string[],
  rows: readonly string[][],
  spare: readonly string[],
  { styles, width }: TableStyle,
): string[] {
  if (rows.length === 0) return [];
  const more = rows.length > MOST_ROWS ? [`   and ${rows.length - MOST_ROWS} more ${noun}: --json has all`] : [];
  return ['', ...fittingTable(head, rows.slice(0, MOST_ROWS), styles, width, spare), ...more];
}

function agentCells({ budget, ...agent }: Report['agents'][number]): string[] {
  const share = shareOf(budget);
  return [
    agent.agent,
    ...spentCells(agent),
    share === null ? '' : `${Math.round(share * 100)}%`,
    budget?.level ?? 'released',
    String(agent.reports),
  ];
}

const projectCells = ({ project, slotMs, grants, waits, reclaimed, killed }: ProjectTally): string[] => [
  project,
  hoursText(slotMs),
  String(grants),
  grants === 0 ? '' : shortDuration(waits.mean),
  grants === 0 ? '' : shortDuration(waits.quantile(0.95)),
  String(reclaimed),
  String(killed),
];

export function reportText(report: Report, since: Instant, until: Instant, styles: Styles, width: number): string {
  const scope = report.workflow === null ? '' : ` of ${report.workflow}`;
  const lines = [
    `${mark(styles, '📈', '')}${styles.bold(`Report${scope}`)}: ${durationWords((until - since) / 1000)} until ${iso(until).slice(0, 16).replace('T', ' ')} UTC, ${plural(report.events, 'event')}`,
    '',
    ...fittingTable(
      ['measure', 'value', 'target', '', 'of'],
      measureRows(measuresOf(report.quality), styles),
      styles,
      width,
      ['of'],
    ),
  ];
  const place = { styles, width };
  const agentHead = ['agent', 'tokens', 'time', 'cost', 'used', 'status', 'reports'];
  const agentRows = report.agents.map(agentCells);
  lines.push(...section('agents', agentHead, agentRows, ['reports', 'time', 'status'], place));
  const projectHead = ['project', 'held', 'grants', 'wait', '95% within', 'reclaimed', 'ended'];
  const projectRows = report.projects.map(projectCells);
  lines.push(...section('projects', projectHead, projectRows, ['ended', 'reclaimed', '95% within'], place));
  for (const { agent, dimension, allocated, consumed } of report.overruns)
    lines.push(
      '',
      `${mark(styles, '⚠️ ', '')}${agent} exceeded its budget: ${amountText(dimension, consumed)} of ${amountText(dimension, allocated)}`,
    );
  lines.push('', styles.bold('Recommendations:'));
  if (report.advice.length === 0) lines.push('   none');
  for (const advice of report.advice) lines.push(wrap(`- ${adviceText(advice)}`, '   ', width));
  return lines.join('\n');
}
