/**
 * One frame of `top`: a pure function of board and view. Its lines fit the screen, and colours are their only escape
 * sequences.
 */
import type { Styles } from '../../ports/styles.ts';
import { cut } from '../text/columns.ts';
import { plural, slotsWord } from '../text/counts.ts';
import type { Board } from './board.ts';
import { headLines } from './head.ts';
import { headingOf, type ListLine, listLayout, listLines } from './list.ts';
import { flowed, painted, type Span, span } from './spans.ts';
import { selectedAt, shownOf, type View } from './view.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export const LEAST: Size = { columns: 40, rows: 10 };
const FOOTER = 2;
const LEAST_LIST = 3;
/** Below this, empty lines are left out. */
const AIRY_FROM = 16;

const HELP: readonly (readonly [keys: string, does: string])[] = [
  ['up down j k', 'select a row; PgUp PgDn Home End go further'],
  ['s, < >', 'sort by the next column; < and > move left and right'],
  ['r', 'reverse the order'],
  ['/', 'filter projects and agents by name'],
  ['Esc', 'clear the filter'],
  ['K', 'kill all agents of the selected project; asks first'],
  ['Ctrl-L', 'redraw the screen'],
  ['q, Ctrl-C', 'quit'],
];

const helpLines = (styles: Styles): Span[][] => [
  ...HELP.map(([keys, does]) => [span(`  ${keys.padEnd(13)}`, styles.bold), span(does)]),
  [],
  [span('  press any key to return', styles.dim)],
];

const KEYS = ['q quit', '? help', 'K kill', '/ filter', 's sort', 'r reverse'];

function statusLine(board: Board, view: View, styles: Styles): Span[] {
  if (view.mode === 'confirm') {
    const isMeant = ({ project }: { readonly project: string }): boolean =>
      project.toLowerCase() === view.target?.toLowerCase();
    const slots = board.projects.find(isMeant)?.slots ?? 0;
    const waiting = board.queue.filter(isMeant).length;
    const places = waiting > 0 ? `, cancels ${plural(waiting, 'request')}` : '';
    return [
      span(`Kill ${view.target}? y/n`, styles.bad),
      span(`  ends its processes, frees ${slotsWord(slots)}${places}`),
    ];
  }
  if (view.mode === 'filter')
    return [
      span('Filter: ', styles.bold),
      span(`${view.filter}_`),
      span('  Enter keeps it, Esc clears it', styles.dim),
    ];
  if (view.message !== null) return [span(view.message.text, view.message.isBad ? styles.bad : styles.good)];
  if (view.filter !== '')
    return [span('Filter: ', styles.bold), span(view.filter), span('  Esc clears it', styles.dim)];
  return [];
}

/** The key hints that fit, and the visible lines of a longer list. */
function keysLine(part: string, columns: number, styles: Styles): string {
  const room = columns - (part === '' ? 0 : part.length + 2);
  const [keys = ''] = flowed(
    KEYS.map((text) => [span(text, styles.dim)]),
    room,
  );
  return part === '' ? keys : `${keys}  ${styles.dim(cut(part, columns))}`;
}

/** Index of the first visible line, chosen to keep the selected row near the middle. */
function windowOf(lines: readonly ListLine[], selected: string | null, rows: number): number {
  const at =
    selected === null
      ? 0
      : Math.max(
          0,
          lines.findIndex(({ key }) => key === selected),
        );
  return Math.max(0, Math.min(at - Math.floor(rows / 2), lines.length - rows));
}

/** Exactly `rows` lines. */
export function frame(board: Board, view: View, { columns, rows }: Size, styles: Styles): string[] {
  if (columns < LEAST.columns || rows < LEAST.rows) {
    const text = `terminal too small: ${columns}x${rows}, needs ${LEAST.columns}x${LEAST.rows}`;
    return Array.from({ length: rows }, (_, row) => (row === 0 ? cut(text, columns) : ''));
  }
  const shown = shownOf(board, view);
  const selected = shown.places[selectedAt(shown.places, view)]?.key ?? null;
  const layout = listLayout(shown, columns, styles);
  const air = rows >= AIRY_FROM ? [''] : [];
  const head = headLines(board, columns, rows - FOOTER - LEAST_LIST - 1 - air.length, styles);
  const room = rows - head.length - air.length - FOOTER;
  const body: string[] = [];
  let part = '';
  if (view.mode === 'help')
    body.push(
      ...helpLines(styles)
        .slice(0, room)
        .map((spans) => painted(spans, columns)),
    );
  else {
    const lines = listLines(shown, layout, selected, styles);
    const from = windowOf(lines, selected, room - 1);
    const seen = lines.slice(from, from + room - 1);
    if (seen.length < lines.length) part = `${from + 1}-${from + seen.length}/${lines.length}`;
    body.push(painted(headingOf(layout, view, styles), columns), ...seen.map(({ spans }) => painted(spans(), columns)));
  }
  while (body.length < room) body.push('');
  return [...head, ...air, ...body, painted(statusLine(board, view, styles), columns), keysLine(part, columns, styles)];
}

/** The whole list once, for output without a screen. */
export function report(board: Board, view: View, columns: number, styles: Styles): string {
  const shown = shownOf(board, view);
  const layout = listLayout(shown, columns, styles);
  const lines = [
    headingOf(layout, view, styles),
    ...listLines(shown, layout, null, styles, true).map(({ spans }) => spans()),
  ];
  return [
    ...headLines(board, columns, Number.POSITIVE_INFINITY, styles),
    '',
    ...lines.map((spans) => painted(spans, columns)),
  ].join('\n');
}
