import type { RequestCommand } from '../../core/commands/request.ts';
import type { LeaseId } from '../../core/model/ids.ts';
import { MAX_PRIORITY, MIN_PRIORITY } from '../../core/settings/settings.ts';
import type { Outcome } from '../../core/transition.ts';
import { EXIT, ExpectedError, InternalError } from '../../errors.ts';
import type { Committed, Context } from '../../ports/context.ts';
import { grantedJson, notGrantedJson } from '../../render/json/json.ts';
import { deniedText, grantedText, queuedText } from '../../render/outcome.ts';
import { answer, note, tellBeside } from '../answer.ts';
import { awaitGrant, listenForInterrupts } from '../await-grant.ts';
import type { CommandSpec, Run, Typed } from '../command.ts';
import { hintForGood } from '../denied.ts';
import { callingProcess, holderFromOption } from '../holder.ts';
import { count, durationMs, has, names, optionOf, project, usageError } from '../values.ts';

export const spec: CommandSpec = {
  name: 'request',
  summary: 'take slots for a project, or a place in the queue',
  examples: [
    ['request-slots consilio 5', 'five slots now, or a place in the queue (exit 75)'],
    ['request-slots consilio 5 --min 2 --wait=10m', 'two to five slots, waiting up to ten minutes'],
    ['until request-slots odin 5; do sleep 10; done', 'asking again keeps the place'],
    ['request-slots odin 1 --no-queue || echo busy', 'now or not at all'],
  ],
  operands: [
    { name: 'PROJECT', required: true, help: 'who asks: 1 to 64 of A-Z a-z 0-9 . _ -' },
    { name: 'N', required: true, help: 'how many slots, one per agent' },
  ],
  options: [
    { name: 'min', value: 'M', help: 'be content with M slots when N are not free' },
    {
      name: 'wait',
      value: 'DURATION',
      optionalValue: true,
      help: 'block until granted, or until the time is up (exit 124)',
    },
    { name: 'no-queue', help: 'do not queue when the slots are not free now' },
    { name: 'priority', value: 'P', help: '1 to 10 for this request, instead of the priority of its project' },
    { name: 'agents', value: 'A,B,C', help: 'names of the agents that will use the slots' },
    { name: 'pid', value: 'PID', help: 'the process whose death gives the slots back (default: the calling process)' },
    { name: 'detached', help: 'no such process: the slots come back by release or when --ttl is over' },
    { name: 'ttl', value: 'DURATION', help: 'give the slots back after this long in any case' },
  ],
};

function commandFrom(typed: Typed, context: Context): RequestCommand {
  const name = project(typed.operands[0] as string);
  const slots = count('N', typed.operands[1] as string);
  const minSlots = optionOf(typed, 'min', (text) => count('--min', text)) ?? slots;
  if (minSlots > slots)
    throw usageError(`--min ${minSlots} is more than the ${slots} asked for`, `write --min ${slots} or less`);
  const priority = optionOf(typed, 'priority', (text) => count('--priority', text, MIN_PRIORITY, MAX_PRIORITY));
  const agents = optionOf(typed, 'agents', (text) => names('--agents', text)) ?? [];
  if (agents.length > slots)
    throw usageError(`--agents names ${agents.length} agents for ${slots} slots`, 'one slot per agent');
  const isDetached = has(typed, 'detached');
  if (isDetached && has(typed, 'pid'))
    throw usageError('--pid and --detached exclude each other', 'leave one of them out');
  const isWaiting = has(typed, 'wait');
  if (isWaiting && has(typed, 'no-queue'))
    throw usageError('--wait and --no-queue exclude each other', 'leave one of them out');
  const ttlMs = optionOf(typed, 'ttl', (text) => durationMs('--ttl', text));

  const holder = isDetached
    ? null
    : (optionOf(typed, 'pid', (pid) => holderFromOption(context, pid)) ?? callingProcess(context));
  if (!isDetached && holder === null) {
    note(
      typed,
      context,
      'note: no lasting process called this, so nobody holds the slots: they come back by release or --ttl',
    );
  }
  const inside = context.environment.RESOURCE_MANAGER_LEASE;
  return {
    kind: 'request',
    project: name,
    slots,
    minSlots,
    mode: isWaiting ? 'wait' : has(typed, 'no-queue') ? 'now' : 'queue',
    priority,
    agents,
    holder,
    waiter: isWaiting ? context.host.self() : null,
    ttlMs: ttlMs === 0 ? null : ttlMs,
    parent: inside ? (inside as LeaseId) : null,
    run: null,
    spawn: null,
  };
}

export const run: Run = async (typed, context) => {
  const command = commandFrom(typed, context);
  const timeoutMs = optionOf(typed, 'wait', (text) => (text === '' ? null : durationMs('--wait', text)));
  const store = await context.openStore();
  // Listening starts before the ticket exists: a Ctrl-C in between must not leave it in the queue.
  const interrupts = command.mode === 'wait' ? listenForInterrupts(context) : null;
  try {
    const committed = await store.transact(command);
    tellBeside(typed, context, committed.repairs, committed.events);
    const { outcome } = committed;
    switch (outcome.kind) {
      case 'granted':
        answer(
          typed,
          context,
          () => grantedJson(command, outcome.lease, committed.state),
          () => grantedText(command, outcome.lease, committed.state, context.out.styles),
        );
        return EXIT.ok;
      case 'denied':
        return answerDenied(typed, context, command, outcome, committed);
      case 'queued': {
        const { outlook } = outcome;
        if (interrupts !== null) {
          const waiting = { typed, context, store, command, queued: committed, outlook, timeoutMs, interrupts };
          return await awaitGrant(waiting);
        }
        answer(
          typed,
          context,
          () => notGrantedJson(command, 'queued', outlook.reason, outlook, committed.state),
          () => queuedText(outlook, committed.state, committed.environment.settings, context.out.styles),
        );
        return EXIT.notNow;
      }
      default:
        throw new InternalError('request-outcome-9d02', `a request ended as ${outcome.kind}`);
    }
  } finally {
    interrupts?.stop();
  }
};

function answerDenied(
  typed: Typed,
  context: Context,
  command: RequestCommand,
  { reason, outlook }: Extract<Outcome, { kind: 'denied' }>,
  { state, environment }: Committed,
): number {
  const hint = outlook === null || reason === 'would-deadlock' ? hintForGood(reason, state.maxSlots) : null;
  const exit = hint === null ? EXIT.notNow : EXIT.neverGranted;
  const text = deniedText(command, reason, state, environment.settings);
  if (hint !== null && !has(typed, 'json')) throw new ExpectedError(reason, text, { hint, exit });
  answer(
    typed,
    context,
    () => notGrantedJson(command, 'denied', reason, outlook, state),
    () => text,
  );
  return exit;
}
