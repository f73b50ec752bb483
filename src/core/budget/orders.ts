/** Orders about an agent's allocation or a workflow's total. */
import type { BudgetPriority, Usage, Window } from '../model/budget.ts';

/** Amounts of some dimensions; the others stay as they are. */
export type PartialUsage = Partial<Usage>;
/** How often a budget renews, and in which time zone; the default is the machine's. */
export interface Renewal {
  readonly per: Window['per'];
  readonly timeZone: string;
}

export interface TotalOrder {
  readonly do: 'total';
  readonly workflow: string;
  readonly amounts: PartialUsage;
  readonly renewal: Renewal | null;
}

export interface AllocateOrder {
  readonly do: 'allocate';
  /** Weights divide the amounts; a single agent gets all of them. */
  readonly agents: readonly { readonly agent: string; readonly weight: number }[];
  readonly amounts: PartialUsage;
  readonly workflow: string | null;
  readonly priority: BudgetPriority | null;
  readonly renewal: Renewal | null;
  /** Adds to the present allocation instead of replacing it. */
  readonly isAdding: boolean;
}

export interface BorrowOrder {
  readonly do: 'borrow';
  readonly agent: string;
  readonly amounts: PartialUsage;
}

export interface ReturnOrder {
  readonly do: 'return';
  readonly agent: string;
  /** Null returns everything that is left. */
  readonly amounts: PartialUsage | null;
}

export interface ReleaseOrder {
  readonly do: 'release';
  readonly agent: string;
}
