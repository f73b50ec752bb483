import type { ProcessRef } from './model/process-ref.ts';
import type { State } from './model/state.ts';

/** All processes that the state names, without duplicates. */
export function processesIn(state: State): ProcessRef[] {
  const named = new Set<ProcessRef>();
  for (const { holder, waiter, run } of state.leases) {
    if (holder !== null) named.add(holder);
    if (waiter !== null) named.add(waiter);
    if (run !== null && run.root !== null) named.add(run.root);
  }
  if (state.monitor !== null) named.add(state.monitor);
  for (const { process } of state.sessions) if (process !== null) named.add(process);
  for (const { reservations } of state.budgets.agents) {
    for (const { holder } of reservations) if (holder !== null) named.add(holder);
  }
  for (const { holder, waiter } of state.queue) {
    if (holder !== null) named.add(holder);
    if (waiter !== null) named.add(waiter);
  }
  return [...named];
}
