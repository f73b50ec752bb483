/** A command under a lease, from its start to the return of its slots. */

import type { PartialUsage } from '../core/budget/orders.ts';
import type { Lease } from '../core/model/lease.ts';
import type { State } from '../core/model/state.ts';
import type { History } from '../ports/history.ts';
import type { Host } from '../ports/host.ts';
import type { Runner, RunPlan, StartedRun } from '../ports/runner.ts';
import type { Store } from '../ports/store.ts';
import { runRecord } from '../render/history/run-record.ts';
import { orderBudget } from './budgets.ts';

export interface RunPorts {
  readonly store: Store;
  readonly runner: Runner;
  readonly host: Pick<Host, 'self'>;
  openHistory(): Promise<History>;
}

export interface LeasedCommand {
  readonly plan: RunPlan;
  readonly command: readonly string[];
  /** Null for one without a limit. */
  readonly memoryBytes: number | null;
  /** What its agent may use; null for one without a budget. */
  readonly budget: PartialUsage | null;
  /** The command runs, and nothing here can hold it to its memory. */
  onUnlimited(): void;
  /** The state could not be written; that never takes the place of how the command ended. */
  onTrouble(error: unknown): null;
}

export interface RunResult {
  /** The command's exit code, or 128 and the number of the signal that ended it. */
  readonly exit: number;
  /** Something that it started runs on, and is not being ended. */
  readonly leftBehind: boolean;
}

/** Gives the slots of a run that did not begin, or that is over, back. */
export const endRun = (store: Store, { id }: Lease, peakMemoryBytes: number | null = null) =>
  store.transact({ kind: 'end-run', lease: id, peakMemoryBytes });

function variablesOf(lease: Lease, agent: string, { store, host }: RunPorts): Record<string, string> {
  const numbers = lease.run?.numbers ?? [];
  return {
    // The lease means something in this state only.
    RESOURCE_MANAGER_DIR: store.dir,
    RESOURCE_MANAGER_LEASE: lease.id,
    RESOURCE_MANAGER_PROJECT: lease.project,
    RESOURCE_MANAGER_AGENT: agent,
    RESOURCE_MANAGER_SLOT: String(numbers[0] ?? ''),
    RESOURCE_MANAGER_SLOTS: numbers.join(','),
    RESOURCE_MANAGER_HOLDER_PID: String(host.self().pid),
  };
}

/** A command that is over within this is not worth a commit of its own; its guard and its mark know it all the same. */
const SETTLED_MS = 250;

/** The state learns which process runs under the lease; one that is being ended meanwhile is ended at once. */
async function writeStarted(store: Store, lease: Lease, started: StartedRun): Promise<void> {
  const isOver = await Promise.race([
    started.ended.then(() => true),
    // On a busy machine the end may have come before the timer did; it is heard first.
    new Promise<false>((resolve) => setTimeout(() => setImmediate(() => resolve(false)), SETTLED_MS).unref()),
  ]);
  if (isOver) return;
  if (started.root === null || lease.run === null) return;
  const { containment } = lease.run;
  const folder = started.folder();
  const isContained = containment === 'ledger' || folder !== null;
  const { state } = await store.transact({
    kind: 'start-run',
    lease: lease.id,
    root: started.root,
    containment: isContained ? containment : 'ledger',
    folder,
  });
  if (isBeingEnded(state, lease)) started.end();
  else endWithBudget(store, lease, started);
}

/** While it runs: an agent whose budget is used up, or that is stopped, is ended where `budget.on_stop` says so. */
function endWithBudget(store: Store, lease: Lease, started: StartedRun): void {
  const look = async (): Promise<void> => {
    const now = (await store.peek()).leases.find(({ id }) => id === lease.id);
    if (now?.ending?.by !== 'budget') return;
    stop();
    started.end();
  };
  // A state that cannot be read just now is looked at again with its next change.
  const stop = store.watch(() => void look().catch(() => {}));
  started.ended.then(stop, stop);
}

const isBeingEnded = (state: State, { id }: Lease): boolean =>
  state.leases.some((held) => held.id === id && held.ending !== null);

async function giveBudget(store: Store, agent: string, amounts: PartialUsage): Promise<void> {
  const given = { workflow: null, priority: null, renewal: null, isAdding: false };
  await orderBudget(store, { do: 'allocate', agents: [{ agent, weight: 1 }], amounts, ...given });
}

/** Runs the command. One that cannot have its budget or cannot start gives its slots back and throws ExpectedError. */
export async function runUnderLease(ports: RunPorts, lease: Lease, wanted: LeasedCommand): Promise<RunResult> {
  const { store, runner } = ports;
  const { plan, command, memoryBytes, budget, onUnlimited, onTrouble } = wanted;
  const agent = `${lease.project}/${lease.agents[0]?.name ?? lease.id}`;
  let started: StartedRun;
  try {
    if (budget !== null) await giveBudget(store, agent, budget);
    started = runner.start({ plan, command, memoryBytes, variables: variablesOf(lease, agent, ports) });
  } catch (error) {
    await endRun(store, lease);
    throw error;
  }
  if (memoryBytes !== null && !started.isLimited) onUnlimited();
  const [end] = await Promise.all([started.ended, writeStarted(store, lease, started).catch(onTrouble)]);
  const committed = await endRun(store, lease, end.peakMemoryBytes).catch(onTrouble);
  const exit = end.code ?? 128 + (end.signal ?? 0);
  if (budget !== null) await store.transact({ kind: 'budget', order: { do: 'release', agent } }).catch(onTrouble);
  (await ports.openHistory()).append(runRecord(lease, command, end, exit));
  return { exit, leftBehind: end.leftBehind && committed !== null && !isBeingEnded(committed.state, lease) };
}
