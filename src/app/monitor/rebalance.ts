import type { MonitorPorts } from '../../ports/monitor.ts';
import { movesText } from '../../render/budget.ts';

/** Rebalances the budgets (`budget.auto_rebalance`). */
export async function rebalance({ store, say }: Pick<MonitorPorts, 'store' | 'say'>): Promise<void> {
  const command = { kind: 'budget', order: { do: 'rebalance', workflow: null } } as const;
  const planned = (await store.plan(command)).outcome;
  if (planned.kind !== 'budget' || planned.moves.length === 0) return;
  const { outcome } = await store.transact(command);
  if (outcome.kind !== 'budget' || outcome.moves.length === 0) return;
  for (const line of movesText(outcome.moves, false).split('\n')) say(line);
}
