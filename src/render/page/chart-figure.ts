/** A chart in the page: its canvas, and the same figures in words and as a table for screen readers. */
import { type Chart, chartText, isEmpty } from './chart.ts';
import { figureText, stampText } from './figures.ts';
import { html, type Markup } from './markup.ts';
import { tableMarkup } from './table.ts';

/** Heights in rem: the frame of a bar chart, and each bar. */
const FRAME = 5;
const EACH_BAR = 1.15;

function figuresTable(chart: Chart): Markup {
  const rows =
    chart.kind === 'time'
      ? Array.from({ length: chart.steps }, (_, at) => stampText(chart.since + at * chart.stepMs))
      : chart.names;
  const cells = rows.flatMap((name, at) => {
    const values = chart.series.flatMap(({ unit, values, peaks }) =>
      [values, ...(peaks === undefined ? [] : [peaks])].map((list) => ({ unit, value: list[at] ?? null })),
    );
    if (values.every(({ value }) => value === null)) return [];
    return [[name, ...values.map(({ unit, value }) => figureText(unit, value))]];
  });
  return tableMarkup({
    caption: `${chart.title}: the figures`,
    columns: [
      { title: chart.kind === 'time' ? 'from (UTC)' : 'name', isNumber: false },
      ...chart.series.flatMap(({ label, peaks }) =>
        [label, ...(peaks === undefined ? [] : [`most ${label}`])].map((title) => ({ title, isNumber: true })),
      ),
    ],
    rows: cells,
    left: 0,
  });
}

export function chartFigure(chart: Chart): Markup {
  const title = html`<h3>${chart.title}</h3>`;
  if (isEmpty(chart)) return html`<figure class="chart">${title}<p class="empty">${chart.nothing}</p></figure>`;
  const text = chartText(chart);
  const height = chart.kind === 'time' ? 17 : FRAME + chart.names.length * (0.6 + EACH_BAR * chart.series.length);
  const more = chart.kind === 'bars' && chart.left > 0 ? html` ${chart.left} more are not shown.` : null;
  return html`<figure class="chart" data-chart="${chart.id}">${title}
<div class="plot" style="height:${Math.round(height * 10) / 10}rem"><canvas id="${chart.id}" role="img" aria-describedby="${chart.id}-text" aria-label="${chart.title}"></canvas></div>
<p class="undrawn">This chart is drawn with JavaScript; its figures are below.</p>
<figcaption id="${chart.id}-text">${text}${more}</figcaption>
<details><summary>The figures</summary>${figuresTable(chart)}</details></figure>`;
}
