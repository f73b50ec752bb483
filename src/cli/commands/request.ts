import type { Committed, Context, Store } from '../../context.ts';
import type { RequestCommand } from '../../core/commands/request.ts';
import type { LeaseId } from '../../core/model/ids.ts';
import type { Reason } from '../../core/reason.ts';
import { MAX_PRIORITY, MIN_PRIORITY } from '../../core/settings.ts';
import { EXIT, ExpectedError, InternalError } from '../../errors.ts';
import { grantedJson, notGrantedJson, queueEntryJson } from '../../render/json.ts';
import { deniedText, grantedText, queuedText } from '../../render/outcome.ts';
import { waitForTicket } from '../../wait.ts';
import { answer, note, tellBeside } from '../answer.ts';
import type { CommandSpec, Run, Typed } from '../command.ts';
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
  const priority = optionOf(typed, 'priority', (text) => count('--priority', text));
  if (priority !== null && (priority < MIN_PRIORITY || priority > MAX_PRIORITY)) {
    throw usageError(
      `--priority must be from ${MIN_PRIORITY} to ${MAX_PRIORITY}, got ${priority}`,
      'higher goes first',
    );
  }
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
  };
}

export const run: Run = async (typed, context) => {
  const command = commandFrom(typed, context);
  const waitMs = optionOf(typed, 'wait', (text) => (text === '' ? null : durationMs('--wait', text)));
  const store = await context.openStore();
  // Listening starts before the ticket exists: a Ctrl-C in between must not leave it in the queue.
  const interrupt = command.mode === 'wait' ? listen(context) : null;
  try {
    const committed = await store.transact(command);
    tellBeside(typed, context, committed.repairs, committed.events);
    const { outcome, state, environment } = committed;
    if (outcome.kind === 'granted') {
      answer(
        typed,
        context,
        () => grantedJson(command, outcome.lease, state),
        () => grantedText(command, outcome.lease, state, context.out.styles),
      );
      return EXIT.ok;
    }
    if (outcome.kind === 'denied') {
      const { reason, outlook } = outcome;
      const hint = hintForGood(reason, state.maxSlots);
      const text = deniedText(command, reason, state, environment.settings);
      if (hint !== null && !has(typed, 'json'))
        throw new ExpectedError(reason, text, { hint, exit: EXIT.neverGranted });
      answer(
        typed,
        context,
        () => notGrantedJson(command, 'denied', reason, outlook, state),
        () => text,
      );
      return hint === null ? EXIT.notNow : EXIT.neverGranted;
    }
    if (outcome.kind !== 'queued')
      throw new InternalError('request-outcome-9d02', `a request ended as ${outcome.kind}`);
    if (interrupt !== null) return await wait(typed, context, store, command, committed, waitMs, interrupt);
    answerQueued(typed, context, command, committed);
    return EXIT.notNow;
  } finally {
    interrupt?.stop();
  }
};

/** What to do about a denial that waiting would not change; null for one that it may. */
function hintForGood(reason: Reason, maxSlots: number): string | null {
  if (reason === 'exceeds-maximum') return `ask for ${maxSlots} or fewer, or make the pool larger: set-max N`;
  if (reason === 'project-limit')
    return 'ask for fewer, or raise max_per_project (or projects.NAME.max): resource-manager config set …';
  return reason === 'would-deadlock'
    ? 'do this step inside the lease, one at a time, or release slots of it first'
    : null;
}

function answerQueued(
  typed: Typed,
  context: Context,
  command: RequestCommand,
  { outcome, state, environment }: Committed,
): void {
  if (outcome.kind !== 'queued') return;
  const { outlook } = outcome;
  answer(
    typed,
    context,
    () => ({
      ...notGrantedJson(command, 'queued', outlook.reason, outlook, state),
      ...offerOf(queueEntryJson(outlook)),
    }),
    () => queuedText(command, outlook, state, environment.settings, context.out.styles),
  );
}

const offerOf = ({ offered_until }: { offered_until: string | null }) =>
  offered_until === null ? {} : { offered_until };

interface Interrupt {
  /** The signal that came before anybody asked, and the way to hear of a later one. */
  readonly subscribe: (end: (signal: number) => void) => () => void;
  readonly stop: () => void;
}

function listen(context: Context): Interrupt {
  let came: number | null = null;
  let tell: ((signal: number) => void) | null = null;
  const stop = context.onInterrupt((signal) => {
    came ??= signal;
    tell?.(came);
  });
  return {
    stop,
    subscribe(end) {
      tell = end;
      if (came !== null) end(came);
      return () => {
        tell = null;
      };
    },
  };
}

async function wait(
  typed: Typed,
  context: Context,
  store: Store,
  command: RequestCommand,
  queued: Committed,
  timeoutMs: number | null,
  interrupt: Interrupt,
): Promise<number> {
  const { outcome } = queued;
  if (outcome.kind !== 'queued') return EXIT.notNow;
  const { ticket } = outcome.outlook.entry;
  note(
    typed,
    context,
    queuedText(command, outcome.outlook, queued.state, queued.environment.settings, context.out.styles),
  );
  const end = await waitForTicket({ store, ticket, timeoutMs, onInterrupt: interrupt.subscribe });
  switch (end.kind) {
    case 'granted':
      answer(
        typed,
        context,
        () => grantedJson(command, end.lease, end.snapshot.state),
        () => grantedText(command, end.lease, end.snapshot.state, context.out.styles),
      );
      await store.transact({ kind: 'confirm', ticket });
      return EXIT.ok;
    case 'gone':
      throw new ExpectedError('cancelled', `ticket ${ticket} was taken out of the queue while waiting for it`, {
        hint: 'somebody cancelled it, or the process that was to hold the slots ended; ask again if they are still wanted',
        exit: EXIT.notNow,
      });
    case 'time-is-up': {
      const { state, outcome: withdrawn } = await store.transact({ kind: 'withdraw', ticket });
      if (withdrawn.kind !== 'settled')
        throw new InternalError('withdraw-outcome-1b7e', `a withdrawal ended as ${withdrawn.kind}`);
      if (has(typed, 'json')) {
        context.out.answer(
          JSON.stringify({
            ...notGrantedJson(command, 'denied', outcome.outlook.reason, null, state),
            timed_out: true,
          }),
        );
      }
      context.out.note(`error: no slots for ${command.project} within the time given; ticket ${ticket} is withdrawn`);
      context.out.note('hint: wait longer with --wait=DURATION, or see who holds them: resource-status');
      return EXIT.waitRanOut;
    }
    case 'interrupted':
      await store.transact({ kind: 'withdraw', ticket });
      note(typed, context, `note: ticket ${ticket} is withdrawn`);
      return 128 + end.signal;
  }
}
