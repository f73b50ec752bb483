import { acquire, leaseAround } from '../../app/acquire.ts';
import { endRun, runUnderLease } from '../../app/run.ts';
import { type RequestCommand, requestOf } from '../../core/commands/request.ts';
import type { Lease } from '../../core/model/lease.ts';
import { MAX_PRIORITY, MIN_PRIORITY } from '../../core/settings/settings.ts';
import { EXIT, ExpectedError, messageOf } from '../../errors.ts';
import type { OpenHistory } from '../../ports/history.ts';
import type { Host, ProcessEnvironment } from '../../ports/host.ts';
import type { OpenRunner, RunPlan } from '../../ports/runner.ts';
import type { OpenStore, Store } from '../../ports/store.ts';
import type { OnInterrupt } from '../../ports/terminal.ts';
import { agentName, budgetAmounts, isEmptyAmount } from '../budget-words.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { listenForInterrupts } from '../interrupts.ts';
import type { Invocation } from '../invocation.ts';
import { count, names, project, sizeBytes, usageError } from '../values.ts';
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

function requestFrom(invocation: Invocation, ports: Host & ProcessEnvironment, plan: RunPlan): RequestCommand {
  const isWaiting = invocation.has('wait');
  const self = ports.self();
  return requestOf({
    project: project(invocation.operands[0] as string),
    slots: invocation.option('slots', (text) => count('--slots', text)) ?? 1,
    mode: isWaiting ? 'wait' : 'now',
    priority: invocation.option('priority', (text) => count('--priority', text, MIN_PRIORITY, MAX_PRIORITY)),
    agents: invocation.option('agent', (text) => [agentOf(text)]) ?? [],
    holder: self,
    waiter: isWaiting ? self : null,
    parent: leaseAround(ports.env),
    run: plan.run,
  });
}

function agentOf(text: string): string {
  const [name = '', ...others] = names('--agent', text);
  if (others.length > 0) throw usageError('--agent takes one name', `write it like --agent ${name}`);
  return name;
}

const HINT_FOR_NOW = 'wait for it with --wait, or see who holds them: resource-status';

/** The lease, or the exit code of a run without one. Standard output belongs to the command. */
async function obtain(
  invocation: Invocation,
  ports: OnInterrupt,
  store: Store,
  command: RequestCommand,
): Promise<Lease | number> {
  const { signal, number, stop } = listenForInterrupts(ports);
  const end = await acquire(store, command, {
    timeoutMs: waitMs(invocation),
    signal,
    onAsked: (asked) => noteAsked(invocation, asked),
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
      return answerDenied(invocation, command, end, HINT_FOR_NOW);
    case 'gone':
      throw goneError(end.ticket);
    case 'time-is-up':
      throw new ExpectedError('time-is-up', `no slot for ${command.project} within the time of --wait`, {
        hint: 'wait longer with --wait=DURATION, or see who holds them: resource-status',
        exit: EXIT.waitRanOut,
      });
    case 'interrupted':
      invocation.note(`note: ticket ${end.outlook.entry.ticket} is withdrawn`);
      return 128 + (interrupt ?? 0);
  }
}

export const run: RunCommand<Host & ProcessEnvironment & OpenRunner & OpenStore & OpenHistory & OnInterrupt> = async (
  invocation,
  ports,
) => {
  const runner = await ports.openRunner();
  const found = runner.find(invocation.rest[0] as string);
  if ('exit' in found) {
    invocation.out.note(`error: cannot run ${invocation.rest[0]}: ${found.why}`);
    invocation.out.note('hint: check the spelling and the PATH; no slot was requested');
    return found.exit;
  }
  waitMs(invocation);
  const budget = budgetAmounts(invocation, 'token-budget', 'time-budget', 'cost-budget');
  const memoryBytes = invocation.option('memory', (text) => sizeBytes('--memory', text));
  const agent = invocation.option('agent', agentOf);
  // A budget is kept under this name.
  if (agent !== null && !isEmptyAmount(budget)) agentName(agent);
  const store = await ports.openStore();
  const { containment } = await store.settings();
  const name = project(invocation.operands[0] as string);
  const plan = runner.plan({ project: name, containment, memoryBytes, isRetriable: invocation.has('retriable') });
  if (plan.missed !== null)
    invocation.note(`note: ${plan.missed} containment is not available here; using ${plan.run.containment}`);
  const lease = await obtain(invocation, ports, store, requestFrom(invocation, ports, plan));
  if (typeof lease === 'number') return lease;
  const { exit, leftBehind } = await runUnderLease({ ...ports, store, runner }, lease, {
    plan,
    command: invocation.rest,
    memoryBytes,
    budget: isEmptyAmount(budget) ? null : budget,
    onUnlimited: () =>
      invocation.note(
        'note: --memory cannot be enforced on this machine; it only counts for admission and when memory runs out',
      ),
    onTrouble: (error) => {
      invocation.out.note(`note: the state could not be written: ${messageOf(error)}`);
      return null;
    },
  });
  if (leftBehind)
    invocation.note(`note: processes of ${lease.id} still run in the background; see: resource-manager reap --dry-run`);
  return exit;
};
