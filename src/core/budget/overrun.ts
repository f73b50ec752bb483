/** Overruns: amounts that agents have consumed beyond their allocation. */
import { type AgentBudget, budgetKey, DIMENSIONS, type Dimension } from '../model/budget.ts';
import { amountIn, dimensionNamed } from '../model/published.ts';
import { type KeptRecord, textIn } from '../model/record.ts';

/** Allocation and consumed amount of an agent that ran over, in internal units. */
export interface Overrun {
  readonly agent: string;
  readonly workflow: string;
  readonly dimension: Dimension;
  readonly allocated: number;
  readonly consumed: number;
}

/** The overruns of the budgets as they are, in their order, one per agent and dimension. */
export function overrunsOf(agents: readonly AgentBudget[]): Overrun[] {
  return agents.flatMap(({ agent, workflow, allocated, consumed }) =>
    DIMENSIONS.flatMap((dimension) => {
      const most = allocated[dimension];
      return most !== null && consumed[dimension] > most
        ? [{ agent, workflow, dimension, allocated: most, consumed: consumed[dimension] }]
        : [];
    }),
  );
}

/** The overrun of an `overrun` record; null when the record lacks a part of it. */
export function overrunIn(record: KeptRecord): Overrun | null {
  const [agent, dimension] = [textIn(record, 'agent'), dimensionNamed(textIn(record, 'dimension'))];
  if (agent === null || dimension === undefined) return null;
  const [allocated, consumed] = [amountIn(record, dimension, 'allocated'), amountIn(record, dimension, 'consumed')];
  return { agent, workflow: textIn(record, 'workflow') ?? 'default', dimension, allocated, consumed };
}

/** Of each agent and dimension the overrun with the largest excess, in the order in which they first occur. */
export class Overruns {
  readonly #largest = new Map<string, Overrun>();

  add(overrun: Overrun): void {
    const key = `${budgetKey(overrun.agent)} ${overrun.dimension}`;
    const other = this.#largest.get(key);
    if (other === undefined || overrun.consumed - overrun.allocated > other.consumed - other.allocated)
      this.#largest.set(key, overrun);
  }

  get all(): Overrun[] {
    return [...this.#largest.values()];
  }
}
