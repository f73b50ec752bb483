/** Reads the figures out of a report page, as a reader of its source would. */
import type { Raw } from './files.ts';

const plain = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

const all = (html: string, pattern: RegExp): string[] => [...html.matchAll(pattern)].map(([, found = '']) => found);

/** The part of the page that begins with a mark and ends with another. */
const part = (html: string, from: string, to: string): string => (html.split(from)[1] ?? '').split(to)[0] ?? '';

/** Head and body of a table as texts. */
function tableIn(html: string): { readonly head: string[]; readonly rows: string[][] } {
  const [head = '', body = ''] = html.split('</thead>');
  const cells = (row: string): string[] => all(row, /<t[hd][^>]*>(.*?)<\/t[hd]>/gs).map(plain);
  return { head: cells(head), rows: all(body, /<tr[^>]*>(.*?)<\/tr>/gs).map(cells) };
}

/** The table of a section, without the columns that are no figures. */
function sectionTable(html: string, id: string, left: readonly string[]): string[][] {
  const { head, rows } = tableIn(part(part(html, `<h2 id="${id}">`, '</section>'), '<table>', '</table>'));
  return rows.map((row) => row.filter((_, at) => !left.includes(head[at] ?? '')));
}

const chartRows = (html: string, id: string): string[][] =>
  tableIn(part(part(html, `data-chart="${id}"`, '</figure>'), '<table>', '</table>')).rows;

export function figuresIn(html: string) {
  const data = JSON.parse(part(html, 'id="charts-data">', '</script>'));
  const series = data.charts
    .filter((chart: Raw) => chart.kind === 'time')
    .flatMap((chart: Raw) => chart.series.map(({ label, values }: Raw) => [label, values]));
  const captions = ['slots', 'machine', 'spending'].map((id) => plain(part(html, `id="${id}-text">`, '</figcaption>')));
  return {
    head: plain(part(html, '<p class="span">', '</p>')).split(', ')[0],
    cards: Object.fromEntries(
      all(html, /<li class="card[^>]*>(.*?)<\/li>/gs).map((one) => [
        plain(part(one, '<h3>', '</h3>')),
        plain(part(one, '<p class="value">', '</p>')),
      ]),
    ),
    series: Object.fromEntries(series),
    words: captions
      .flatMap((text) => text.replace(/\.$/, '').split('; '))
      .filter((text) => !/^$|: unknown$/.test(text)),
    agents: sectionTable(html, 'agents', ['workflow']),
    projects: sectionTable(html, 'projects', []),
    workflows: sectionTable(html, 'workflows', []),
    overruns: sectionTable(html, 'overruns', ['allocated', 'consumed']).map(([agent, of, by]) => [
      `${agent} ${of}`,
      by,
    ]),
    'slot-hours': chartRows(html, 'slot-hours'),
    'budget-tokens': chartRows(html, 'budget-tokens'),
    'budget-cost': chartRows(html, 'budget-cost'),
  };
}
