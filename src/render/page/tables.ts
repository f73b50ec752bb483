/** Tables of the report: agents, projects, workflows, overruns. */

import { DIMENSIONS } from '../../core/model/budget.ts';
import { HOUR_MS } from '../../core/model/instants.ts';
import { PUBLISHED } from '../../core/model/published.ts';
import type { Report } from '../../core/report/report.ts';
import { type AmountsJson, amountsJson } from '../json/json-values.ts';
import { type ReportJson, shareOf } from '../json/report-json.ts';
import { amountText, DIMENSION_WORDS } from '../text/amounts.ts';
import { figureText } from './figures.ts';
import { html, type Markup, type Piece } from './markup.ts';
import { tableMarkup } from './table.ts';

/** A page with more rows than this is slow to open; --json has all. */
const MOST_ROWS = 500;

/** A title that begins with `#` marks a column of numbers. */
function listing<T>(
  caption: string,
  titles: readonly string[],
  all: readonly T[],
  row: (one: T) => readonly Piece[],
  nothing: string,
): Markup {
  if (all.length === 0) return html`<p class="empty">${nothing}</p>`;
  const columns = titles.map((title) => ({ title: title.replace('#', ''), isNumber: title.startsWith('#') }));
  const shown = all.slice(0, MOST_ROWS);
  return tableMarkup({ caption, columns, rows: shown.map(row), left: all.length - shown.length });
}

const section = (id: string, title: string, body: Markup): Markup =>
  html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${body}</section>\n`;

const agents = (report: Report): Markup =>
  listing(
    'Agents that reported usage in this time, highest cost first',
    ['agent', 'workflow', '#tokens', '#time', '#cost', '#of its budget', 'status', '#reports'],
    report.agents,
    ({ agent, workflow, budget, reports, ...spent }) => {
      const { tokens, time_seconds: seconds, cost } = amountsJson(spent);
      const share = shareOf(budget);
      const unknown = budget?.unknownModels ?? [];
      return [
        agent,
        workflow,
        figureText('tokens', tokens),
        figureText('seconds', seconds),
        `${figureText('dollars', cost)}${unknown.length === 0 ? '' : ` (no known price: ${unknown.join(', ')})`}`,
        figureText('percent', share === null ? null : share * 100),
        budget === null ? 'released' : html`<span class="level ${budget.level}">${budget.level}</span>`,
        String(reports),
      ];
    },
    'No usage was reported in this time.',
  );

const projects = (report: Report): Markup =>
  listing(
    'Projects, most slot-hours first',
    ['project', '#held', '#grants', '#wait', '#95% within', '#longest', '#denied', '#reclaimed', '#ended'],
    report.projects,
    ({ project, slotMs, grants, waits, denied, reclaimed, killed }) => [
      project,
      figureText('hours', slotMs / HOUR_MS),
      String(grants),
      ...[waits.mean, waits.quantile(0.95), waits.max].map((waited) =>
        figureText('seconds', grants === 0 ? null : waited),
      ),
      ...[denied, reclaimed, killed].map(String),
    ],
    'No project requested slots in this time.',
  );

const PARTS = DIMENSIONS.map((dimension) => ({ ...PUBLISHED[dimension], word: DIMENSION_WORDS[dimension] }));

function workflows(report: ReportJson): Markup {
  const rows = report.workflows.flatMap(({ workflow, ...amounts }) =>
    PARTS.filter(({ name }) => amounts.total[name] !== null || amounts.allocated[name] || amounts.consumed[name]).map(
      (part) => ({ workflow, part, ...amounts }),
    ),
  );
  return listing(
    'Budgets of workflows',
    ['workflow', 'of', '#total', '#reserve', '#allocated', '#consumed', '#left in the pool'],
    rows,
    ({ workflow, part: { name, word, unit }, total, reserve, allocated, consumed, pool }) => {
      const cell = (amounts: AmountsJson): string =>
        amounts[name] === null ? 'no limit' : figureText(unit, amounts[name]);
      return [workflow, word, ...[total, reserve, allocated, consumed, pool].map(cell)];
    },
    'No workflow has a budget.',
  );
}

const overruns = (report: Report): Markup =>
  listing(
    'Agents that exceeded their budgets',
    ['agent', 'of', '#allocated', '#consumed', '#over by'],
    report.overruns,
    ({ agent, dimension, allocated, consumed }) => [
      agent,
      DIMENSION_WORDS[dimension],
      ...[allocated, consumed, consumed - allocated].map((amount) =>
        amountText(dimension, amount).replace(/ tokens?$/, ''),
      ),
    ],
    'No agent exceeded its budget.',
  );

export const tablesMarkup = (report: Report, json: ReportJson): Markup =>
  html`${section('agents', 'Agents', agents(report))}${section('projects', 'Projects', projects(report))}${section(
    'workflows',
    'Workflows',
    workflows(json),
  )}${section('overruns', 'Overruns', overruns(report))}`;
