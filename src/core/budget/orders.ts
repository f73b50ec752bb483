/** What can be ordered about the budget of an agent or the total of a workflow. */
import type { BudgetPriority, Usage, Window } from '../model/budget.ts';

/** Amounts of the dimensions that were named. */
export type Named = Partial<Usage>;
/** How often a budget renews; the zone is the machine's unless another was named. */
export interface Renewal {
  readonly per: Window['per'];
  readonly timeZone: string;
}

export interface TotalOrder {
  readonly do: 'total';
  readonly workflow: string;
  readonly amounts: Named;
  readonly renewal: Renewal | null;
}

export interface AllocateOrder {
  readonly do: 'allocate';
  /** Weights divide the amounts; a single agent gets all of them. */
  readonly agents: readonly { readonly agent: string; readonly weight: number }[];
  readonly amounts: Named;
  readonly workflow: string | null;
  readonly priority: BudgetPriority | null;
  readonly renewal: Renewal | null;
  /** On top of what the agent has, instead of in its place. */
  readonly isAdding: boolean;
}

export interface BorrowOrder {
  readonly do: 'borrow';
  readonly agent: string;
  readonly amounts: Named;
}

export interface ReturnOrder {
  readonly do: 'return';
  readonly agent: string;
  /** Null: all that is left. */
  readonly amounts: Named | null;
}

export interface ReleaseOrder {
  readonly do: 'release';
  readonly agent: string;
}
