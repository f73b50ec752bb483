/** Order, filter and selection of the board. Keys change it (ui/press.ts), frames are drawn from it. */
import type { Board, BudgetRow, ProjectRow, QueueRow } from './board.ts';

export const SORTS = ['project', 'slots', 'progress', 'eta', 'budget'] as const;
export type Sort = (typeof SORTS)[number];

export interface View {
  readonly sort: Sort;
  readonly isReversed: boolean;
  readonly filter: string;
  /** Meaning of the keys: moving, typing a filter, answering a question, reading the help. */
  readonly mode: 'rows' | 'filter' | 'confirm' | 'help';
  /** Key of the selected row. */
  readonly selected: string | null;
  /** Index of that row when it was selected; once the row is gone, the row at this index is selected. */
  readonly at: number;
  /** The project to kill, in `confirm`. */
  readonly target: string | null;
  readonly message: { readonly text: string; readonly isBad: boolean } | null;
}

export const FIRST_VIEW: View = {
  sort: 'slots',
  isReversed: false,
  filter: '',
  mode: 'rows',
  selected: null,
  at: 0,
  target: null,
  message: null,
};

/** A selectable row, and its project if it has one. */
export interface Selectable {
  readonly key: string;
  readonly project: string | null;
}

/** The rows that match the filter, sorted. */
export interface Shown {
  readonly projects: readonly ProjectRow[];
  readonly queue: readonly QueueRow[];
  readonly budgets: readonly BudgetRow[];
  /** All of these rows in selection order. */
  readonly places: readonly Selectable[];
}

type Figure = number | string | null;

const FIGURES: Readonly<Record<Sort, (row: ProjectRow) => Figure>> = {
  project: ({ project }) => project.toLowerCase(),
  slots: ({ slots }) => slots,
  progress: ({ progress }) => progress,
  eta: ({ etaSeconds }) => etaSeconds,
  budget: ({ budget }) => budget?.share ?? null,
};
/** Names and times sort ascending, everything else descending. */
const ASCENDING: ReadonlySet<Sort> = new Set(['project', 'eta']);

/** Whether the order is ascending. */
export const isRising = ({ sort, isReversed }: Pick<View, 'sort' | 'isReversed'>): boolean =>
  ASCENDING.has(sort) !== isReversed;

const order = (a: string | number, b: string | number): number => (a === b ? 0 : a < b ? -1 : 1);

/** Unknown figures come last in both directions; ties are sorted by name. */
function sorted(rows: readonly ProjectRow[], view: View): ProjectRow[] {
  const figure = FIGURES[view.sort];
  const direction = isRising(view) ? 1 : -1;
  return [...rows].sort((one, other) => {
    const [a, b] = [figure(one), figure(other)];
    const byFigure = a === null || b === null ? Number(a === null) - Number(b === null) : direction * order(a, b);
    return byFigure || order(one.project.toLowerCase(), other.project.toLowerCase());
  });
}

/** A project with a matching name is shown whole, otherwise only its matching agents are shown. */
function matching(row: ProjectRow, has: (text: string) => boolean): ProjectRow[] {
  if (has(row.project)) return [row];
  const agents = row.agents.filter(({ name }) => has(name));
  return agents.length === 0 ? [] : [{ ...row, agents, unnamed: 0 }];
}

export function shownOf(board: Board, view: View): Shown {
  const wanted = view.filter.toLowerCase();
  const has = (text: string): boolean => text.toLowerCase().includes(wanted);
  const isAll = wanted === '';
  const projects = sorted(isAll ? board.projects : board.projects.flatMap((row) => matching(row, has)), view);
  const queue = isAll ? board.queue : board.queue.filter(({ project }) => has(project));
  const budgets = isAll ? board.budgets : board.budgets.filter(({ agent, workflow }) => has(agent) || has(workflow));
  const places = [
    ...projects.flatMap(({ key, project, agents }) => [
      { key, project },
      ...agents.map((agent) => ({ key: agent.key, project })),
    ]),
    ...queue,
    ...budgets,
  ];
  return { projects, queue, budgets, places };
}

/** Index of the selected row; -1 when there is none at all. */
export function selectedAt(places: readonly Selectable[], { selected, at }: Pick<View, 'selected' | 'at'>): number {
  const found = selected === null ? -1 : places.findIndex(({ key }) => key === selected);
  return found >= 0 ? found : Math.min(at, places.length - 1);
}
