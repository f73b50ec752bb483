/** The slots for programs: request, wait, release, status. */
import { type Asked, acquire, ask, leaseAround } from '../app/acquire.ts';
import { outcomeOf } from '../app/outcome.ts';
import { type RequestCommand, requestOf } from '../core/commands/request.ts';
import { isProjectName, type LeaseId } from '../core/model/ids.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import { MAX_PRIORITY, MIN_PRIORITY } from '../core/settings/settings.ts';
import { EXIT, ExpectedError } from '../errors.ts';
import type { Host, Variables } from '../ports/host.ts';
import type { Store } from '../ports/store.ts';
import type { QueueEntryJson, RequestJson, StatusJson } from '../render/json/json.ts';
import { grantedJson, notGrantedJson, queueJson, slotsJson, statusJson } from '../render/json/json.ts';
import { usage, wholeNumber } from './check.ts';
import type { ReleaseAnswer, ReleaseOptions, RequestOptions, SetMaxAnswer, WaitOptions } from './types.ts';

/** Every call may throw ExpectedError, with the `exit` of the command of the same name. */
export interface SlotManager {
  /** Grants, queues or denies; "not now" is an answer, not an error. Durable when it returns. */
  request(project: string, slots: number, options?: RequestOptions): Promise<RequestJson>;
  /**
   * Like `request`, but resolves when granted. Throws ExpectedError 124 when the time is up, 75 when the ticket was
   * cancelled or the signal aborted.
   */
  wait(project: string, slots: number, options?: WaitOptions): Promise<RequestJson>;
  /** Releases slots. Throws 64 for more slots than are held, 66 for an unknown project or lease. */
  release(project: string, options?: ReleaseOptions): Promise<ReleaseAnswer>;
  /** Cancels a ticket, or all tickets of a project: the cancelled ones, without those that were just dropped by themselves. Throws 66 when there is none. */
  cancel(target: string): Promise<readonly string[]>;
  /** Reads without the lock; never writes. */
  status(): Promise<StatusJson>;
  queue(): Promise<readonly QueueEntryJson[]>;
  /** Sets the size of the pool; 0 pauses it. */
  setMax(slots: number): Promise<SetMaxAnswer>;
}

const WHY_NOT = {
  gone: 'its ticket was cancelled',
  interrupted: 'the wait was aborted',
  'time-is-up': 'the time is up',
} as const;

function projectName(name: string): string {
  if (typeof name === 'string' && isProjectName(name)) return name;
  throw usage(
    `${JSON.stringify(name)} is not a project name`,
    '1 to 64 of A-Z a-z 0-9 . _ -, not starting with - or .',
  );
}

export interface SlotPorts {
  readonly store: Store;
  readonly host: Pick<Host, 'self' | 'process'>;
  readonly environment: Variables;
}

/** The slots of one state. */
export function slotOperations(ports: SlotPorts): SlotManager {
  const { store, host } = ports;
  return {
    async request(project, slots, options = {}) {
      const command = commandFrom(ports, project, slots, options, options.queue === false ? 'now' : 'queue');
      return answerOf(command, await ask(store, command));
    },
    async wait(project, slots, options = {}) {
      const { signal, timeoutMs = null } = options;
      signal?.throwIfAborted();
      const command = commandFrom(ports, project, slots, options, 'wait');
      const end = await acquire(store, command, { timeoutMs, signal, onGiveUp: 'withdraw', confirm: 'now' });
      switch (end.kind) {
        case 'granted':
          return grantedJson(command, end.lease, end.state);
        case 'denied':
          throw new ExpectedError(end.reason, `${slots} slots can never be granted to ${project}: ${end.reason}`, {
            hint: 'ask for fewer, or raise the limit',
            exit: EXIT.neverGranted,
          });
        default:
          throw new ExpectedError(end.kind, `no slots for ${project}: ${WHY_NOT[end.kind]}`, {
            hint: 'ask again if the slots are still needed',
            exit: end.kind === 'time-is-up' ? EXIT.waitRanOut : EXIT.notNow,
          });
      }
    },
    async release(project, { slots, lease = null, all = false } = {}) {
      const committed = await store.transact({
        kind: 'release',
        project: projectName(project),
        slots: slots === undefined ? null : wholeNumber('slots', slots),
        lease,
        all,
        caller: host.self(),
      });
      const { released } = outcomeOf(committed, 'released', 'release-outcome-api-71c3');
      return { released, slots: slotsJson(committed.state) };
    },
    async cancel(target) {
      const committed = await store.transact({ kind: 'cancel', targets: [target] });
      const { cancelled } = outcomeOf(committed, 'cancelled', 'cancel-outcome-api-9d52');
      return cancelled.map(({ ticket }) => ticket);
    },
    async status() {
      return statusJson(await store.read());
    },
    async queue() {
      return queueJson(await store.read()).queue;
    },
    async setMax(slots) {
      const committed = await store.transact({ kind: 'set-max', slots: wholeNumber('slots', slots, 0) });
      const { previous, canProceed } = outcomeOf(committed, 'max-set', 'set-max-outcome-api-2c4d');
      return { previous, max: committed.state.maxSlots, canProceed };
    },
  };
}

function commandFrom(
  { host, environment }: SlotPorts,
  project: string,
  slots: number,
  options: RequestOptions,
  mode: RequestCommand['mode'],
): RequestCommand {
  wholeNumber('slots', slots);
  const minSlots = wholeNumber('min', options.min ?? slots);
  if (minSlots > slots) throw usage(`min ${minSlots} is more than the ${slots} asked for`, 'pass a smaller min');
  const priority = options.priority ?? null;
  if (priority !== null && (!Number.isInteger(priority) || priority < MIN_PRIORITY || priority > MAX_PRIORITY)) {
    throw usage(`priority must be from ${MIN_PRIORITY} to ${MAX_PRIORITY}, got ${priority}`, 'higher goes first');
  }
  const agents = options.agents ?? [];
  if (agents.length > slots || agents.some((name) => typeof name !== 'string' || name === '')) {
    throw usage('agents must be names, one for each slot at most', 'pass a list of texts');
  }
  return requestOf({
    project: projectName(project),
    slots,
    minSlots,
    mode,
    priority,
    agents,
    holder: holderOf(options.pid, host),
    waiter: mode === 'wait' ? host.self() : null,
    ttlMs: options.ttlMs ?? null,
    parent: options.within === undefined ? leaseAround(environment) : (options.within as LeaseId | null),
  });
}

function holderOf(pid: number | null | undefined, host: SlotPorts['host']): ProcessRef | null {
  if (pid === null) return null;
  if (pid === undefined) return host.self();
  const holder = host.process(pid);
  if (holder === null)
    throw usage(`pid names no running process: ${pid}`, 'pass the pid of the process that will use the slots');
  return holder;
}

function answerOf(command: RequestCommand, asked: Asked): RequestJson {
  switch (asked.kind) {
    case 'granted':
      return grantedJson(command, asked.lease, asked.state);
    case 'queued':
      return notGrantedJson(command, 'queued', asked.outlook.reason, asked.outlook, asked.state);
    case 'denied':
      return notGrantedJson(command, 'denied', asked.reason, asked.outlook, asked.state);
  }
}
