/** The scrolled list: projects with agents, the queue with reasons, budgets of agents without slots. */
import type { Styles } from '../../ports/styles.ts';
import { LIGHTS, paintOfLevel } from '../budget.ts';
import { columnsOf, padded } from '../text/columns.ts';
import { shortDuration } from '../text/duration.ts';
import { mark } from '../text/styles.ts';
import { wrap } from '../text/wrap.ts';
import type { AgentRow, BudgetCell, BudgetRow, ProjectRow, QueueRow } from './board.ts';
import { boxedBar, type Span, span } from './spans.ts';
import { isRising, type Shown, type Sort, type View } from './view.ts';

export interface ListLine {
  /** Key of its row; null for a line that cannot be selected. */
  readonly key: string | null;
  /** The content; computed only for visible lines. */
  readonly spans: () => readonly Span[];
}

/** Columns of each part; 0 leaves it out. */
interface Layout {
  readonly name: number;
  readonly progress: number;
  readonly bar: number;
  readonly eta: number;
  readonly budget: number;
  readonly hasLight: boolean;
  readonly hasAction: boolean;
  readonly phase: number;
  readonly all: number;
}

const MARKER = 2;
const SLOTS = 6;
const PROGRESS = 9;
const ETA = 7;
/** `orange 100%` and `orange 100%, throttle`. */
const SHORT_BUDGET = 12;
const LONG_BUDGET = 22;
const LIGHT = 3;
const BAR = 12;
const LEAST_NAME = 8;
/** `Phase 3/4`. */
const USUAL_PHASE = 9;
const ETA_FROM = 60;
const LIGHT_FROM = 60;
const ACTION_FROM = 80;
const BAR_FROM = 110;
/** A wider gap is hard to read across. */
const MOST_NAME = 40;

export function listLayout({ projects }: Shown, columns: number, styles: Styles): Layout {
  const hasAction = columns >= ACTION_FROM;
  const eta = columns >= ETA_FROM ? ETA : 0;
  const drawn = columns >= BAR_FROM ? BAR : 0;
  const hasLight = styles.emoji && columns >= LIGHT_FROM;
  const budget = (hasAction ? LONG_BUDGET : SHORT_BUDGET) + (hasLight ? LIGHT : 0);
  const fixed = MARKER + 1 + SLOTS + 1 + PROGRESS + drawn + (eta > 0 ? 1 + eta : 0) + 1 + budget;
  const room = columns - fixed;
  const wanted = projects.reduce(
    (most, { project, agents }) =>
      agents.reduce((more, { name }) => Math.max(more, columnsOf(name) + 2), Math.max(most, columnsOf(project))),
    LEAST_NAME,
  );
  const most = Math.max(LEAST_NAME, hasAction ? room - 1 - USUAL_PHASE : room);
  const name = Math.min(wanted, most, MOST_NAME);
  const phase = room - name - 1;
  return {
    name,
    progress: PROGRESS,
    bar: drawn,
    eta,
    budget,
    hasLight,
    hasAction,
    phase: phase < USUAL_PHASE ? 0 : phase,
    all: columns,
  };
}

const HEADS: Readonly<Record<Sort, string>> = {
  project: 'PROJECT',
  slots: 'SLOTS',
  progress: 'PROGRESS',
  eta: 'ETA',
  budget: 'BUDGET',
};

/** The titles; the sorted one ends in `^` for ascending order, else in `v`. */
export function headingOf(layout: Layout, view: View, styles: Styles): Span[] {
  const title = (sort: Sort): string => `${HEADS[sort]}${view.sort === sort ? (isRising(view) ? '^' : 'v') : ''}`;
  const text = [
    ' '.repeat(MARKER - 1),
    padded(title('project'), layout.name),
    padded(title('slots'), SLOTS, 'right'),
    padded(title('progress'), layout.progress + layout.bar, 'right'),
    ...(layout.eta > 0 ? [padded(title('eta'), layout.eta, 'right')] : []),
    padded(title('budget'), layout.budget),
    layout.phase > 0 ? 'PHASE' : '',
  ].join(' ');
  return [span(text, styles.bold)];
}

function budgetSpan(cell: BudgetCell | null, layout: Layout, hasAction: boolean, styles: Styles): Span {
  if (cell === null) return span(padded('', layout.budget));
  const { level, share, action } = cell;
  const text = `${layout.hasLight ? mark(styles, LIGHTS[level], '') : ''}${level} ${Math.floor(share * 100)}%${hasAction ? `, ${action}` : ''}`;
  return span(padded(text, layout.budget), paintOfLevel(level, styles));
}

interface Cells {
  readonly name: Span;
  readonly slots: string;
  readonly progress: number | null;
  readonly etaSeconds: number | null;
  readonly budget: Span;
  readonly last: Span;
}

function line(layout: Layout, cells: Cells, isSelected: boolean, styles: Styles): Span[] {
  const { progress, etaSeconds } = cells;
  const drawn =
    layout.bar === 0 ? [] : [span(padded(progress === null ? '' : boxedBar(progress / 100, layout.bar), layout.bar))];
  const percent = layout.bar === 0 ? layout.progress : layout.progress - 1;
  return [
    span(isSelected ? '> ' : '  ', styles.bold),
    { ...cells.name, paint: isSelected ? styles.bold : cells.name.paint },
    span(` ${padded(cells.slots, SLOTS, 'right')} `),
    ...drawn,
    span(layout.bar === 0 ? '' : ' '),
    span(padded(progress === null ? '-' : `${progress}%`, percent, 'right')),
    span(
      layout.eta === 0 ? '' : ` ${padded(etaSeconds === null ? '-' : shortDuration(etaSeconds), layout.eta, 'right')}`,
    ),
    span(' '),
    cells.budget,
    span(' '),
    { ...cells.last, text: padded(cells.last.text, layout.phase) },
  ];
}

function projectLines(row: ProjectRow, layout: Layout, selected: string | null, styles: Styles): ListLine[] {
  // The note goes into the last column.
  const note = row.note === null ? null : span(row.note, styles.warn);
  const budget =
    note !== null && layout.phase === 0
      ? { ...note, text: padded(note.text, layout.budget) }
      : budgetSpan(row.budget, layout, false, styles);
  const own = (): Span[] =>
    line(
      layout,
      {
        name: span(padded(row.project, layout.name), styles.bold),
        slots: String(row.slots),
        progress: row.progress,
        etaSeconds: row.etaSeconds,
        budget,
        last: note ?? span(''),
      },
      selected === row.key,
      styles,
    );
  const agentLine = (agent: AgentRow): ListLine => ({
    key: agent.key,
    spans: () =>
      line(
        layout,
        {
          name: span(padded(`  ${agent.name}`, layout.name)),
          slots: '',
          progress: agent.progress,
          etaSeconds: agent.etaSeconds,
          budget: budgetSpan(agent.budget, layout, layout.hasAction, styles),
          last: span(agent.phase ?? ''),
        },
        selected === agent.key,
        styles,
      ),
  });
  const unnamed =
    row.unnamed === 0
      ? []
      : [
          {
            key: null,
            spans: () => [span(`    ${row.agents.length > 0 ? 'and ' : ''}${row.unnamed} without a name`, styles.dim)],
          },
        ];
  return [{ key: row.key, spans: own }, ...row.agents.map(agentLine), ...unnamed];
}

function queueLines(row: QueueRow, columns: number, isSelected: boolean, isWhole: boolean, styles: Styles): ListLine[] {
  const eta = row.etaSeconds === null ? '' : `, free in ${shortDuration(row.etaSeconds)}`;
  const first = [
    span(isSelected ? '> ' : '  ', styles.bold),
    span(`${row.position}. `),
    span(row.project, styles.bold),
    span(`: ${row.asked}, waited ${shortDuration(row.waitedSeconds)}${eta}, ${row.ticket}`),
  ];
  const indent = ' '.repeat(7);
  const why = isWhole ? wrap(row.why, indent, columns).split('\n') : [`${indent}${row.why}`];
  return [
    { key: row.key, spans: () => first },
    ...why.map((text) => ({ key: row.key, spans: () => [span(text, styles.dim)] })),
  ];
}

function budgetLines(rows: readonly BudgetRow[], layout: Layout, selected: string | null, styles: Styles): ListLine[] {
  const width = Math.min(
    rows.reduce((most, { agent }) => Math.max(most, columnsOf(agent)), 0),
    Math.max(LEAST_NAME, layout.all - MARKER - 1 - layout.budget),
  );
  return rows.map(({ key, agent, workflow, budget }) => ({
    key,
    spans: () => [
      span(key === selected ? '> ' : '  ', styles.bold),
      span(padded(agent, width), key === selected ? styles.bold : undefined),
      span(' '),
      budgetSpan(budget, layout, layout.hasAction, styles),
      span(` ${workflow}`, styles.dim),
    ],
  }));
}

/** All lines of the list. The reason of a queued request is wrapped if its row is selected or `isWhole`, else cut. */
export function listLines(
  shown: Shown,
  layout: Layout,
  selected: string | null,
  styles: Styles,
  isWhole = false,
): ListLine[] {
  const plain = (text: string): ListLine => ({ key: null, spans: () => [span(text, styles.bold)] });
  const blank = plain('');
  const lines = shown.projects.flatMap((row) => projectLines(row, layout, selected, styles));
  if (lines.length === 0) lines.push({ key: null, spans: () => [span('  none', styles.dim)] });
  if (shown.queue.length > 0) {
    lines.push(blank, plain(' QUEUE'));
    lines.push(
      ...shown.queue.flatMap((row) =>
        queueLines(row, layout.all, row.key === selected, isWhole || row.key === selected, styles),
      ),
    );
  }
  if (shown.budgets.length > 0) {
    lines.push(blank, plain(' BUDGETS OF AGENTS THAT HOLD NO SLOT'));
    lines.push(...budgetLines(shown.budgets, layout, selected, styles));
  }
  return lines;
}
