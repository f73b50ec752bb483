import { type AskOptions, acquire, ask, type GivenUp, leaseAround } from '../../app/acquire.ts';
import { type RequestCommand, requestOf } from '../../core/commands/request.ts';
import { MAX_PRIORITY, MIN_PRIORITY } from '../../core/settings/settings.ts';
import { EXIT } from '../../errors.ts';
import type { Host, ProcessEnvironment } from '../../ports/host.ts';
import type { OpenStore } from '../../ports/store.ts';
import type { OnInterrupt } from '../../ports/terminal.ts';
import { givenUpJson, grantedJson, notGrantedJson } from '../../render/json/json.ts';
import { grantedText, queuedText } from '../../render/outcome.ts';
import { slotsWord } from '../../render/text/counts.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { callingProcess, holderFromOption } from '../holder.ts';
import { listenForInterrupts } from '../interrupts.ts';
import type { Invocation } from '../invocation.ts';
import { count, durationAboveZero, names, project, usageError } from '../values.ts';
import { answerDenied, goneError, noteAsked, noteTimeUp, waitMs } from '../without-slots.ts';

export const spec: CommandSpec = {
  about:
    'Takes slots for a project. When they are free the command prints the lease and the slots belong to the holder: the process that called the command, or the one that --pid names. The slots come back when they are released, when the holder dies, or after --ttl. When they are not free, the request takes a place in the queue and keeps it when it is asked again; --wait blocks instead, and --no-queue takes no place.',
  examples: [
    ['request-slots consilio 2', 'two slots now, or a place in the queue (exit 75)'],
    ['request-slots consilio 2 --min 1 --wait=10m', 'one or two slots, waiting up to ten minutes'],
    ['until request-slots odin 2; do sleep 10; done', 'asking again keeps the place'],
    ['request-slots odin 1 --no-queue || echo busy', 'now or not at all'],
  ],
  operands: [
    { name: 'PROJECT', required: true, help: 'project that asks: 1 to 64 of A-Z a-z 0-9 . _ -' },
    { name: 'N', required: true, help: 'number of slots, one per agent' },
  ],
  options: [
    { name: 'min', value: 'N', help: 'accept this many slots when not all are free' },
    {
      name: 'wait',
      value: 'DURATION',
      optionalValue: true,
      help: 'wait until granted, or at most this long (exit 124)',
    },
    { name: 'no-queue', help: 'do not queue when the slots are not free' },
    { name: 'priority', value: 'N', help: 'priority of this request, 1 to 10, instead of that of its project' },
    { name: 'agents', value: 'NAMES', help: 'names of the agents that will use the slots, with commas' },
    {
      name: 'pid',
      value: 'PID',
      help: 'process that holds the slots: its death gives them back',
      default: 'the calling process',
    },
    { name: 'detached', help: 'no process holds the slots: release or --ttl gives them back' },
    {
      name: 'ttl',
      value: 'DURATION',
      help: 'give the slots back after this time in any case',
      default: 'none; with --detached lease_ttl, 4h',
    },
  ],
  exits: [
    [0, 'the slots are granted'],
    [69, 'the request can never be granted'],
    [75, 'not now: queued, or denied with --no-queue'],
    [124, 'the time of --wait is over; the request is withdrawn'],
  ],
};

function commandFrom(invocation: Invocation, ports: Host & ProcessEnvironment): RequestCommand {
  const name = project(invocation.operands[0] as string);
  const slots = count('N', invocation.operands[1] as string);
  const minSlots = invocation.option('min', (text) => count('--min', text)) ?? slots;
  if (minSlots > slots)
    throw usageError(`--min ${minSlots} is more than the ${slots} asked for`, `write --min ${slots} or less`);
  const priority = invocation.option('priority', (text) => count('--priority', text, MIN_PRIORITY, MAX_PRIORITY));
  const agents = invocation.option('agents', (text) => names('--agents', text)) ?? [];
  if (agents.length > slots)
    throw usageError(`--agents names ${agents.length} agents for ${slotsWord(slots)}`, 'ask for one slot per agent');
  const isDetached = invocation.has('detached');
  if (isDetached && invocation.has('pid'))
    throw usageError('--pid and --detached exclude each other', 'leave one of them out');
  const isWaiting = invocation.has('wait');
  if (isWaiting && invocation.has('no-queue'))
    throw usageError('--wait and --no-queue exclude each other', 'leave one of them out');
  const ttlMs = invocation.option('ttl', (text) => durationAboveZero('--ttl', text));

  const holder = isDetached
    ? null
    : (invocation.option('pid', (pid) => holderFromOption(ports, pid)) ?? callingProcess(ports));
  if (!isDetached && holder === null) {
    throw usageError(
      'no process can hold the slots: what started this command (an init, a service manager, cron …) outlives every job',
      `name the process that will use them with --pid PID, or take them without a holder: request-slots ${name} ${slots} --detached`,
    );
  }
  return requestOf({
    project: name,
    slots,
    minSlots,
    mode: isWaiting ? 'wait' : invocation.has('no-queue') ? 'now' : 'queue',
    priority,
    agents,
    holder,
    waiter: isWaiting ? ports.self() : null,
    ttlMs,
    parent: leaseAround(ports.env),
  });
}

export const run: RunCommand<Host & ProcessEnvironment & OpenStore & OnInterrupt> = async (invocation, ports) => {
  const command = commandFrom(invocation, ports);
  const timeoutMs = waitMs(invocation);
  const store = await ports.openStore();
  const { styles } = invocation.out;
  const hearing: AskOptions = {
    onAsked: (asked) => noteAsked(invocation, asked),
    onGranted: ({ lease, state }) =>
      invocation.answer({
        json: () => grantedJson(command, lease, state),
        text: () => grantedText(command, lease, state, styles),
      }),
  };
  // Listening starts before the ticket exists, so that a Ctrl-C in between cannot leave the ticket in the queue.
  const interrupts = command.mode === 'wait' ? listenForInterrupts(ports) : null;
  const end =
    interrupts === null
      ? await ask(store, command, hearing)
      : await acquire(store, command, {
          ...hearing,
          timeoutMs,
          signal: interrupts.signal,
          onGiveUp: 'withdraw',
          confirm: 'now',
        }).finally(interrupts.stop);
  const answerGivenUp = ({ outlook, state }: GivenUp, why: 'timed_out' | 'interrupted'): void => {
    if (invocation.has('json')) invocation.out.answer(JSON.stringify(givenUpJson(command, outlook, state, why)));
  };
  switch (end.kind) {
    case 'granted':
      return EXIT.ok;
    case 'denied':
      return answerDenied(invocation, command, end);
    case 'queued': {
      const { outlook, state, environment } = end;
      invocation.answer({
        json: () => notGrantedJson(command, 'queued', outlook.reason, outlook, state),
        text: () => queuedText(outlook, state, environment, styles),
      });
      return EXIT.notNow;
    }
    case 'gone':
      throw goneError(end.ticket);
    case 'time-is-up': {
      const { ticket } = end.outlook.entry;
      answerGivenUp(end, 'timed_out');
      invocation.out.note(
        `error: no slots for ${command.project} within the time of --wait; ticket ${ticket} is withdrawn`,
      );
      await noteTimeUp(invocation);
      return EXIT.waitRanOut;
    }
    case 'interrupted':
      answerGivenUp(end, 'interrupted');
      invocation.note(`note: ticket ${end.outlook.entry.ticket} is withdrawn`);
      return 128 + (interrupts?.number() ?? 0);
  }
};
