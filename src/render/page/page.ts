/**
 * A report as one self-contained page. Text and tables need no script; the charts are drawn by the only script that its
 * policy allows.
 */

import type { Instant } from '../../core/model/instants.ts';
import type { PageScript } from '../../ports/files.ts';
import { adviceText } from '../advice.ts';
import { measuresOf, reportJson } from '../json/report-json.ts';
import { durationWords } from '../text/duration.ts';
import { DATA_ID, isEmpty, type PageData } from './chart.ts';
import { chartFigure } from './chart-figure.ts';
import { type ChartsInput, chartsOf } from './charts.ts';
import { stampText } from './figures.ts';
import { dataMarkup, html, Markup } from './markup.ts';
import { measuresMarkup } from './measures.ts';
import { STYLE } from './style.ts';
import { tablesMarkup } from './tables.ts';

export interface PageInput extends ChartsInput {
  readonly since: Instant;
  readonly until: Instant;
  readonly version: string;
}

const SECTIONS = [
  ['measures', 'Measures'],
  ['recommendations', 'Recommendations'],
  ['charts', 'Charts'],
  ['agents', 'Agents'],
  ['projects', 'Projects'],
  ['workflows', 'Workflows'],
  ['overruns', 'Overruns'],
] as const;

/** Forbids all requests and every other script. */
const policy = ({ sha256 }: PageScript): string =>
  [
    "default-src 'none'",
    `script-src 'sha256-${sha256}'`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/** The whole HTML document. */
export function pageText(input: PageInput, script: PageScript): string {
  const { report, since, until, version } = input;
  const json = reportJson(report, since, until);
  const charts = chartsOf(input);
  const data: PageData = { charts: charts.filter((chart) => !isEmpty(chart)) };
  const title = report.workflow === null ? 'Report' : `Report of ${report.workflow}`;
  const span = `${stampText(since)} – ${stampText(until)} UTC`;
  const advice =
    report.advice.length === 0
      ? html`<p class="empty">None.</p>`
      : html`<ul class="advice">${report.advice.map((one) => html`<li>${adviceText(one)}</li>\n`)}</ul>`;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}, ${span}</title>
<link rel="icon" href="data:,">
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="span">${span}: ${durationWords((until - since) / 1000)}, ${report.events} ${report.events === 1 ? 'event' : 'events'}</p>
<nav aria-label="Sections"><ul>${SECTIONS.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main>
<section aria-labelledby="measures"><h2 id="measures">Measures</h2>
${measuresMarkup(measuresOf(report.quality))}</section>
<section aria-labelledby="recommendations"><h2 id="recommendations">Recommendations</h2>
${advice}</section>
<section aria-labelledby="charts"><h2 id="charts">Charts</h2>
<div class="charts">
${charts.map((chart) => html`${chartFigure(chart)}\n`)}</div></section>
${tablesMarkup(report, json)}</main>
<footer><p>Made by agent-resource-manager ${version}. All times are UTC. Charts: Chart.js, MIT licence.</p></footer>
<script type="application/json" id="${DATA_ID}">${dataMarkup(data)}</script>
<script>${new Markup(script.text)}</script>
</body>
</html>`.text;
}
