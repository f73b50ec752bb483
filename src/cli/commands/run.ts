import { acquire, leaseAround } from '../../app/acquire.ts';
import type { Named } from '../../core/budget/orders.ts';
import type { RequestCommand } from '../../core/commands/request.ts';
import { requestOf } from '../../core/commands/request.ts';
import type { Lease } from '../../core/model/lease.ts';
import type { State } from '../../core/model/state.ts';
import { MAX_PRIORITY, MIN_PRIORITY } from '../../core/settings/settings.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import type { Context, RunPlan, StartedRun, Store } from '../../ports/context.ts';
import { runRecord } from '../../render/history/run-record.ts';
import { refusalError } from '../../render/refusal.ts';
import { note } from '../answer.ts';
import { budgetAmounts, isEmptyAmount } from '../budget-words.ts';
import type { CommandSpec, Run, Typed } from '../command.ts';
import { type Interrupts, listenForInterrupts } from '../interrupts.ts';
import { count, durationMs, has, names, optionOf, project, sizeBytes } from '../values.ts';
import { answerDenied, goneError, noteAsked } from '../without-slots.ts';

export const spec: CommandSpec = {
  name: 'run',
  summary: 'run a command under a slot that comes back however the command ends',
  examples: [
    ['resource-manager run consilio -- claude -p "fix the tests"', 'one slot, now or not at all (exit 75)'],
    ['resource-manager run consilio --agent auth --wait=10m -- ./agent.sh', 'waiting up to ten minutes for it'],
    ['resource-manager run odin --memory 2G -- make -j4', 'held to 2 GiB where the machine can do that'],
  ],
  operands: [{ name: 'PROJECT', required: true, help: 'whose slot' }],
  rest: { name: 'COMMAND', help: 'the command and its arguments, behind --' },
  options: [
    { name: 'agent', value: 'NAME', help: 'the name under which the command is shown' },
    {
      name: 'wait',
      value: 'DURATION',
      optionalValue: true,
      help: 'wait for the slot, or until the time is up (exit 124)',
    },
    { name: 'slots', value: 'N', help: 'how many slots the command uses (default: 1)' },
    {
      name: 'memory',
      value: 'SIZE',
      help: 'the most it will need, like 2G; a limit where the machine can enforce one',
    },
    { name: 'priority', value: 'P', help: '1 to 10 for this request, instead of the priority of its project' },
    {
      name: 'token-budget',
      value: 'N',
      help: 'tokens that the agent may use, like 50k; what is left goes back at the end',
    },
    { name: 'time-budget', value: 'DURATION', help: 'time that it may use' },
    { name: 'cost-budget', value: 'DOLLARS', help: 'US dollars that it may use' },
    { name: 'retriable', help: 'it can be ended and started again without loss: it goes first when memory runs out' },
  ],
};

function requestFrom(typed: Typed, context: Context, plan: RunPlan): RequestCommand {
  const isWaiting = has(typed, 'wait');
  const self = context.host.self();
  return requestOf({
    project: project(typed.operands[0] as string),
    slots: optionOf(typed, 'slots', (text) => count('--slots', text)) ?? 1,
    mode: isWaiting ? 'wait' : 'now',
    priority: optionOf(typed, 'priority', (text) => count('--priority', text, MIN_PRIORITY, MAX_PRIORITY)),
    agents: optionOf(typed, 'agent', (text) => names('--agent', text).slice(0, 1)) ?? [],
    holder: self,
    waiter: isWaiting ? self : null,
    parent: leaseAround(context.environment),
    run: plan.run,
  });
}

const HINT_FOR_NOW = 'wait for it with --wait, or see who holds them: resource-status';

/** Null waits for ever. */
const waitMs = (typed: Typed): number | null =>
  optionOf(typed, 'wait', (text) => (text === '' ? null : durationMs('--wait', text)));

/** The lease, or the exit code of a run that never began. Standard output belongs to the command. */
async function obtain(
  typed: Typed,
  context: Context,
  store: Store,
  command: RequestCommand,
  { signal, number }: Interrupts,
): Promise<Lease | number> {
  const end = await acquire(store, command, {
    timeoutMs: waitMs(typed),
    signal,
    onAsked: (asked) => noteAsked(typed, context, asked),
    onGiveUp: 'withdraw',
    confirm: 'by-start-run',
  });
  switch (end.kind) {
    case 'granted':
      return end.lease;
    case 'denied':
      return answerDenied(typed, context, command, end, HINT_FOR_NOW);
    case 'gone':
      throw goneError(end.ticket);
    case 'time-is-up':
      throw new ExpectedError('time-is-up', `no slot for ${command.project} within the time given`, {
        hint: 'wait longer with --wait=DURATION, or see who holds them: resource-status',
        exit: EXIT.waitRanOut,
      });
    case 'interrupted':
      note(typed, context, `note: ticket ${end.outlook.entry.ticket} is withdrawn`);
      return 128 + (number() ?? 0);
  }
}

function variablesOf(lease: Lease, dir: string, context: Context): Record<string, string> {
  const numbers = lease.run?.numbers ?? [];
  return {
    // The lease means something in this state only.
    RESOURCE_MANAGER_DIR: dir,
    RESOURCE_MANAGER_LEASE: lease.id,
    RESOURCE_MANAGER_PROJECT: lease.project,
    RESOURCE_MANAGER_SLOT: String(numbers[0] ?? ''),
    RESOURCE_MANAGER_SLOTS: numbers.join(','),
    RESOURCE_MANAGER_HOLDER_PID: String(context.host.self().pid),
  };
}

/** A command that is over within this is not worth a commit of its own; its guard and its mark know it all the same. */
const SETTLED_MS = 250;

/** The state learns which process runs under the lease; one that is being ended meanwhile is ended at once. */
async function tellStarted(store: Store, lease: Lease, started: StartedRun): Promise<void> {
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

/** While it runs: whose budget is used up, or who was stopped, is ended where `budget.on_stop` says so. */
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

/** A run that cannot have its budget does not begin, and gives its slot back. */
async function giveBudget(store: Store, lease: Lease, agent: string, amounts: Named): Promise<void> {
  const order = {
    do: 'allocate',
    agents: [{ agent, weight: 1 }],
    amounts,
    workflow: null,
    priority: null,
    renewal: null,
    isAdding: false,
  } as const;
  const { outcome } = await store.transact({ kind: 'budget', order });
  if (outcome.kind !== 'refused') return;
  await store.transact({ kind: 'end-run', lease: lease.id, peakMemoryBytes: null });
  throw refusalError(outcome.refusal);
}

export const run: Run = async (typed, context) => {
  const runner = await context.openRunner();
  const found = runner.find(typed.rest[0] as string);
  if ('exit' in found) {
    context.out.note(`error: cannot run ${typed.rest[0]}: ${found.why}`);
    context.out.note('hint: check the spelling and the PATH; no slot was asked for');
    return found.exit;
  }
  waitMs(typed);
  budgetAmounts(typed, 'token-budget', 'time-budget', 'cost-budget');
  const memoryBytes = optionOf(typed, 'memory', (text) => sizeBytes('--memory', text));
  const store = await context.openStore();
  const { containment } = await store.settings();
  const name = project(typed.operands[0] as string);
  const plan = runner.plan({ project: name, containment, memoryBytes, isRetriable: has(typed, 'retriable') });
  if (plan.missed !== null)
    note(typed, context, `note: no ${plan.missed} is to be had here; contained by ${plan.run.containment} instead`);
  const command = requestFrom(typed, context, plan);
  const interrupts = listenForInterrupts(context);
  let lease: Lease;
  try {
    const obtained = await obtain(typed, context, store, command, interrupts);
    if (typeof obtained === 'number') return obtained;
    lease = obtained;
    const signal = interrupts.number();
    if (signal !== null) {
      await store.transact({ kind: 'end-run', lease: lease.id, peakMemoryBytes: null });
      return 128 + signal;
    }
  } finally {
    interrupts.stop();
  }

  const budgeted = budgetAmounts(typed, 'token-budget', 'time-budget', 'cost-budget');
  const agent = `${lease.project}/${lease.agents[0]?.name ?? lease.id}`;
  if (!isEmptyAmount(budgeted)) await giveBudget(store, lease, agent, budgeted);

  let started: StartedRun;
  try {
    const variables = { ...variablesOf(lease, store.dir, context), RESOURCE_MANAGER_AGENT: agent };
    started = runner.start({ plan, command: typed.rest, memoryBytes, variables });
  } catch (error) {
    await store.transact({ kind: 'end-run', lease: lease.id, peakMemoryBytes: null });
    throw error;
  }
  if (memoryBytes !== null && !started.isLimited)
    note(typed, context, 'note: nothing here can hold it to its memory; it counts, and goes first if memory runs out');
  // What becomes of the state is told, and never takes the place of how the command ended.
  const complain = (error: unknown): null => {
    context.out.note(`note: the state could not be written: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  };
  const [end] = await Promise.all([started.ended, tellStarted(store, lease, started).catch(complain)]);
  const { peakMemoryBytes } = end;
  const committed = await store.transact({ kind: 'end-run', lease: lease.id, peakMemoryBytes }).catch(complain);
  const exit = end.code ?? 128 + (end.signal ?? 0);
  if (!isEmptyAmount(budgeted))
    await store.transact({ kind: 'budget', order: { do: 'release', agent } }).catch(complain);
  (await context.openHistory()).append(runRecord(lease, typed.rest, end, exit));
  if (end.leftBehind && committed !== null && !isBeingEnded(committed.state, lease))
    note(
      typed,
      context,
      `note: something that ${lease.id} started runs on in the background; see: resource-manager reap --dry-run`,
    );
  return exit;
};
