/** How a person looks at the board: order, filter, selection. The keys change it (ui/press.ts), frames are drawn by it. */
import type { Board, BudgetRow, ProjectRow, QueueRow } from './board.ts';

export const SORTS = ['project', 'slots', 'progress', 'eta', 'budget'] as const;
export type Sort = (typeof SORTS)[number];

export interface View {
  readonly sort: Sort;
  readonly isReversed: boolean;
  readonly filter: string;
  /** What the keys are for now: moving about, typing a filter, answering a question, reading the help. */
  readonly mode: 'rows' | 'filter' | 'confirm' | 'help';
  /** Key of the selected row. */
  readonly selected: string | null;
  /** Where that row was when it was last chosen: whatever stands there takes its place once it is gone. */
  readonly at: number;
  /** Whose end is asked about, in `confirm`. */
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

/** A row that can be selected, and the project that it is about, as far as it is about one. */
export interface Selectable {
  readonly key: string;
  readonly project: string | null;
}

/** The rows that the view lets through, in its order. */
export interface Shown {
  readonly projects: readonly ProjectRow[];
  readonly queue: readonly QueueRow[];
  readonly budgets: readonly BudgetRow[];
  /** The same, one after the other, as the selection goes through them. */
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
/** Names and times begin with the least, everything else with the most. */
const BEGINS_WITH_LEAST: ReadonlySet<Sort> = new Set(['project', 'eta']);

/** Whether the first row is that with the least. */
export const isRising = ({ sort, isReversed }: Pick<View, 'sort' | 'isReversed'>): boolean =>
  BEGINS_WITH_LEAST.has(sort) !== isReversed;

const order = (a: string | number, b: string | number): number => (a === b ? 0 : a < b ? -1 : 1);

/** What is not known comes last, whatever the direction; ties go by name. */
function sorted(rows: readonly ProjectRow[], view: View): ProjectRow[] {
  const figure = FIGURES[view.sort];
  const direction = isRising(view) ? 1 : -1;
  return [...rows].sort((one, other) => {
    const [a, b] = [figure(one), figure(other)];
    const byFigure = a === null || b === null ? Number(a === null) - Number(b === null) : direction * order(a, b);
    return byFigure || order(one.project.toLowerCase(), other.project.toLowerCase());
  });
}

/** A project whose name matches is shown whole, another one with those of its agents that match. */
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
