/** A table in a box that scrolls if the table is wider than the page. */
import { html, type Markup, type Piece } from './markup.ts';

export interface PageTable {
  readonly caption: string;
  readonly columns: readonly { readonly title: string; readonly isNumber: boolean }[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly Piece[])[];
  /** Number of rows that are not shown. */
  readonly left: number;
}

export function tableMarkup({ caption, columns, rows, left }: PageTable): Markup {
  const kind = (column: number): string => (columns[column]?.isNumber === true ? 'number' : 'text');
  const body = rows.map(
    ([name = '', ...cells]) =>
      html`<tr><th scope="row">${name}</th>${cells.map((cell, at) => html`<td class="${kind(at + 1)}">${cell}</td>`)}</tr>\n`,
  );
  return html`<div class="box" role="region" aria-label="${caption}" tabindex="0"><table><caption><span>${caption}</span></caption>
<thead><tr>${columns.map(({ title }, at) => html`<th scope="col" class="${kind(at)}">${title}</th>`)}</tr></thead>
<tbody>
${body}</tbody></table></div>${left > 0 ? html`<p class="more">and ${left} more: --json has all</p>` : null}`;
}
