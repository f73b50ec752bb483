/** Runs a command under a lease, from its start to the release of its slots. */

import type { PartialUsage } from '../core/budget/orders.ts';
import { STEADY_BEAT_MS } from '../core/model/beat.ts';
import type { Lease } from '../core/model/lease.ts';
import type { State } from '../core/model/state.ts';
import type { OpenHistory } from '../ports/history.ts';
import type { Host } from '../ports/host.ts';
import type { Runner, RunPlan, StartedRun } from '../ports/runner.ts';
import type { Store } from '../ports/store.ts';
import { runRecord } from '../render/history/run-record.ts';
import { orderBudget } from './budgets.ts';

export interface RunPorts extends OpenHistory, Pick<Host, 'self'> {
  readonly store: Store;
  readonly runner: Runner;
}

export interface LeasedCommand {
  readonly plan: RunPlan;
  readonly command: readonly string[];
  /** Null for a command without a limit. */
  readonly memoryBytes: number | null;
  /** Budget of its agent; null for none. */
  readonly budget: PartialUsage | null;
  /** Called when this machine cannot enforce `memoryBytes`. */
  onUnlimited(): void;
  /** Called when the state cannot be written; the exit code of the command stays. */
  onTrouble(error: unknown): null;
}

export interface RunResult {
  /** The command's exit code, or 128 plus the number of the signal that ended it. */
  readonly exit: number;
  /** True if its processes still run and are not being ended. */
  readonly leftBehind: boolean;
}

/** Releases the slots of a run that did not start or has ended. */
export const endRun = (store: Store, { id }: Lease, peakMemoryBytes: number | null = null) =>
  store.transact({ kind: 'end-run', lease: id, peakMemoryBytes });

function variablesOf(lease: Lease, agent: string, { store, self }: RunPorts): Record<string, string> {
  const numbers = lease.run?.numbers ?? [];
  return {
    // The lease id is valid only in this state.
    RESOURCE_MANAGER_DIR: store.dir,
    RESOURCE_MANAGER_LEASE: lease.id,
    RESOURCE_MANAGER_PROJECT: lease.project,
    RESOURCE_MANAGER_AGENT: agent,
    RESOURCE_MANAGER_SLOT: String(numbers[0] ?? ''),
    RESOURCE_MANAGER_SLOTS: numbers.join(','),
    RESOURCE_MANAGER_HOLDER_PID: String(self().pid),
  };
}

/** A command that ends within this time needs no commit for its start: its guard and mark identify it. */
const SETTLED_MS = 250;

/** Writes the process that runs under the lease. If the lease is being ended meanwhile, ends the process at once. */
async function writeStarted(
  store: Store,
  lease: Lease,
  { run: { mark } }: RunPlan,
  started: StartedRun,
): Promise<void> {
  const isOver = await Promise.race([
    started.ended.then(
      () => true,
      () => true,
    ),
    // On a busy machine the command may end before the timer fires; setImmediate lets its end win.
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
    mark,
    root: started.root,
    containment: isContained ? containment : 'ledger',
    folder,
  });
  if (isBeingEnded((await store.trust()).view(state), lease)) started.end();
  else endWithBudget(store, lease, started);
}

/** Ends the command when its agent's budget is used up or stopped, if `budget.on_stop` is `kill`. */
function endWithBudget(store: Store, lease: Lease, started: StartedRun): void {
  const look = async (): Promise<void> => {
    const state = (await store.trust()).view(await store.peek());
    const now = state.leases.find(({ id }) => id === lease.id);
    if (now?.ending?.by !== 'budget') return;
    stop();
    started.end();
  };
  // A failed read is repeated at the next change of the state.
  const stop = store.watch(() => void look().catch(() => {}));
  started.ended.then(stop, stop);
}

/** Gives signs of life of the run until the returned function is called. */
function beatFor(store: Store, { root }: StartedRun): () => void {
  const beat = (): void => store.beat(root === null ? [] : [root], STEADY_BEAT_MS);
  beat();
  const timer = setInterval(beat, STEADY_BEAT_MS);
  return () => clearInterval(timer);
}

const isBeingEnded = (state: State, { id }: Lease): boolean =>
  state.leases.some((held) => held.id === id && held.ending !== null);

async function giveBudget(store: Store, agent: string, amounts: PartialUsage): Promise<void> {
  const given = { workflow: null, priority: null, renewal: null, isAdding: false };
  await orderBudget(store, { do: 'allocate', agents: [{ agent, weight: 1 }], amounts, ...given });
}

/** Runs the command. Without its budget, or when it cannot start, it releases the slots and throws ExpectedError. */
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
  const stopBeating = beatFor(store, started);
  const written = writeStarted(store, lease, plan, started).catch(onTrouble);
  const end = await started.ended.finally(stopBeating).catch(async (error) => {
    await endRun(store, lease);
    throw error;
  });
  await written;
  const committed = await endRun(store, lease, end.peakMemoryBytes).catch(onTrouble);
  const exit = end.code ?? 128 + (end.signal ?? 0);
  if (budget !== null) await store.transact({ kind: 'budget', order: { do: 'release', agent } }).catch(onTrouble);
  (await ports.openHistory()).append(runRecord(lease, command, end, exit));
  return { exit, leftBehind: end.leftBehind && committed !== null && !isBeingEnded(committed.state, lease) };
}
