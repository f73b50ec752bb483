import { acquire, leaseAround } from '../../app/acquire.ts';
import { endRun, runUnderLease } from '../../app/run.ts';
import type { RequestCommand } from '../../core/commands/request.ts';
import { requestOf } from '../../core/commands/request.ts';
import type { Lease } from '../../core/model/lease.ts';
import { MAX_PRIORITY, MIN_PRIORITY } from '../../core/settings/settings.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import type { Context } from '../../ports/context.ts';
import type { RunPlan } from '../../ports/runner.ts';
import type { Store } from '../../ports/store.ts';
import { note } from '../answer.ts';
import { budgetAmounts, isEmptyAmount } from '../budget-words.ts';
import type { CommandSpec, RunCommand, Typed } from '../command.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { count, has, names, optionOf, project, sizeBytes } from '../values.ts';
import { answerDenied, goneError, noteAsked, waitMs } from '../without-slots.ts';

export const spec: CommandSpec = {
  about:
    'Requests a slot, runs the command under it, and gives the slot back however the command or this process ends. The terminal, signals and the exit code pass through. All processes that the command starts belong to the run and end with it. Without --wait the slot must be free now.',
  examples: [
    ['resource-manager run consilio -- claude -p "fix the tests"', 'one slot, now or not at all (exit 75)'],
    ['resource-manager run consilio --agent auth --wait=10m -- ./agent.sh', 'wait up to ten minutes for the slot'],
    ['resource-manager run odin --memory 2G -- make -j4', 'limit it to 2 GiB if the machine can'],
  ],
  operands: [{ name: 'PROJECT', required: true, help: 'project that the slot is for' }],
  rest: { name: 'COMMAND', help: 'command and its arguments, after --' },
  answers: ['request'],
  options: [
    { name: 'agent', value: 'NAME', help: 'name of the agent in the status' },
    {
      name: 'wait',
      value: 'DURATION',
      optionalValue: true,
      help: 'wait for the slot, or at most this long (exit 124)',
    },
    { name: 'slots', value: 'N', help: 'number of slots that the command uses', default: '1' },
    {
      name: 'memory',
      value: 'SIZE',
      help: 'most memory that the command needs; enforced if the machine can',
    },
    { name: 'priority', value: 'N', help: 'priority of this request, 1 to 10, instead of that of its project' },
    {
      name: 'token-budget',
      value: 'TOKENS',
      help: 'tokens that the agent may use; the rest goes back at the end',
    },
    { name: 'time-budget', value: 'DURATION', help: 'time that the agent may use' },
    { name: 'cost-budget', value: 'DOLLARS', help: 'US dollars that the agent may use' },
    {
      name: 'retriable',
      help: 'the command can be killed and run again without loss, so it is ended first when memory runs out',
    },
  ],
  exits: [
    [69, 'the request can never be granted'],
    [75, 'no slot is free now'],
    [124, 'the time of --wait is over before the command began'],
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

/** The lease, or the exit code of a run without one. Standard output belongs to the command. */
async function obtain(typed: Typed, context: Context, store: Store, command: RequestCommand): Promise<Lease | number> {
  const { signal, number, stop } = listenForInterrupts(context);
  const end = await acquire(store, command, {
    timeoutMs: waitMs(typed),
    signal,
    onAsked: (asked) => noteAsked(typed, context, asked),
    onGiveUp: 'withdraw',
    confirm: 'by-start-run',
  }).finally(stop);
  const interrupt = number();
  switch (end.kind) {
    case 'granted':
      if (interrupt === null) return end.lease;
      await endRun(store, end.lease);
      return 128 + interrupt;
    case 'denied':
      return answerDenied(typed, context, command, end, HINT_FOR_NOW);
    case 'gone':
      throw goneError(end.ticket);
    case 'time-is-up':
      throw new ExpectedError('time-is-up', `no slot for ${command.project} within the time of --wait`, {
        hint: 'wait longer with --wait=DURATION, or see who holds them: resource-status',
        exit: EXIT.waitRanOut,
      });
    case 'interrupted':
      note(typed, context, `note: ticket ${end.outlook.entry.ticket} is withdrawn`);
      return 128 + (interrupt ?? 0);
  }
}

export const run: RunCommand = async (typed, context) => {
  const runner = await context.openRunner();
  const found = runner.find(typed.rest[0] as string);
  if ('exit' in found) {
    context.out.note(`error: cannot run ${typed.rest[0]}: ${found.why}`);
    context.out.note('hint: check the spelling and the PATH; no slot was requested');
    return found.exit;
  }
  waitMs(typed);
  const budget = budgetAmounts(typed, 'token-budget', 'time-budget', 'cost-budget');
  const memoryBytes = optionOf(typed, 'memory', (text) => sizeBytes('--memory', text));
  const store = await context.openStore();
  const { containment } = await store.settings();
  const name = project(typed.operands[0] as string);
  const plan = runner.plan({ project: name, containment, memoryBytes, isRetriable: has(typed, 'retriable') });
  if (plan.missed !== null)
    note(typed, context, `note: ${plan.missed} containment is not available here; using ${plan.run.containment}`);
  const lease = await obtain(typed, context, store, requestFrom(typed, context, plan));
  if (typeof lease === 'number') return lease;
  const { exit, leftBehind } = await runUnderLease({ ...context, store, runner }, lease, {
    plan,
    command: typed.rest,
    memoryBytes,
    budget: isEmptyAmount(budget) ? null : budget,
    onUnlimited: () =>
      note(
        typed,
        context,
        'note: --memory cannot be enforced on this machine; it only counts for admission and when memory runs out',
      ),
    onTrouble: (error) => {
      context.out.note(
        `note: the state could not be written: ${error instanceof Error ? error.message : String(error)}`,
      );
      return null;
    },
  });
  if (leftBehind)
    note(
      typed,
      context,
      `note: processes of ${lease.id} still run in the background; see: resource-manager reap --dry-run`,
    );
  return exit;
};
