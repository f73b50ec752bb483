/** Orders to the budgets, by verb: of a workflow's total, of the budgets of agents, and of their usage. */
import type { BudgetPriority, Usage, Window } from '../model/budget.ts';
import type { ProcessRef } from '../model/process-ref.ts';

/** Amounts of some dimensions; the others stay as they are. */
export type PartialUsage = Partial<Usage>;
/** How often a budget renews, and in which time zone; the default is the machine's. */
export interface Renewal {
  readonly per: Window['per'];
  readonly timeZone: string;
}

interface TotalOrder {
  readonly do: 'total';
  readonly workflow: string;
  readonly amounts: PartialUsage;
  readonly renewal: Renewal | null;
}

interface AllocateOrder {
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

interface ReportOrder {
  readonly do: 'report';
  readonly agent: string;
  /** Null if the call only reports progress or reserves. */
  readonly usage: Usage | null;
  /** 0 to 100. */
  readonly progress: number | null;
  readonly phase: string | null;
  /** Id of the spend: a repeated report counts once, and a report settles the reservation of the same id. */
  readonly id: string | null;
  /** True if the store remembers the id as settled, though the agent's list no longer does. */
  readonly isSettled?: boolean;
  readonly reserve: Usage | null;
  /** Process whose death releases the reservation. */
  readonly holder: ProcessRef | null;
  /** Models without a known price in all usage of this budget; absent if the usage is not counted by model. */
  readonly unknownModels?: readonly string[];
}

export type BudgetOrder =
  | TotalOrder
  | AllocateOrder
  | ReportOrder
  | { readonly do: 'borrow'; readonly agent: string; readonly amounts: PartialUsage }
  /** Amounts of null return everything that is left. */
  | { readonly do: 'return'; readonly agent: string; readonly amounts: PartialUsage | null }
  | { readonly do: 'release'; readonly agent: string }
  /** `rate` is the share of its pace that the agent keeps, above 0 and up to 1; 1 ends the throttling. */
  | { readonly do: 'throttle'; readonly agent: string; readonly rate: number }
  | { readonly do: 'stop'; readonly agent: string; readonly reason: string }
  | { readonly do: 'resume'; readonly agent: string }
  | { readonly do: 'rebalance'; readonly workflow: string | null };

/** The order of one verb. */
export type Order<Verb extends BudgetOrder['do']> = Extract<BudgetOrder, { readonly do: Verb }>;
