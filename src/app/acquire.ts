/** Requests slots, waits for them and confirms the grant: one protocol for commands, programs and hooks. */
import type { RequestCommand } from '../core/commands/request.ts';
import type { SpawnAgentCommand } from '../core/commands/spawn-agent.ts';
import type { LeaseId, TicketId } from '../core/model/ids.ts';
import type { Lease } from '../core/model/lease.ts';
import type { State } from '../core/model/state.ts';
import { type Outlook, outlooks } from '../core/schedule/outlook.ts';
import type { Outcome } from '../core/transition.ts';
import { InternalError } from '../errors.ts';
import type { Variables } from '../ports/host.ts';
import type { Committed, Snapshot } from '../ports/snapshot.ts';
import type { Store } from '../ports/store.ts';
import { waitForTicket } from './wait-for-grant.ts';

/** The answer to a request, with the committed state. */
export type Asked = Committed & Extract<Outcome, { kind: 'granted' | 'queued' | 'denied' }>;

export type Denied = Extract<Asked, { kind: 'denied' }>;

export interface Granted {
  readonly kind: 'granted';
  readonly lease: Lease;
  readonly state: State;
}

/** A wait that ended without a grant, with the place and the state from before the ticket was given up. */
export interface GivenUp extends Snapshot {
  readonly kind: 'time-is-up' | 'interrupted';
  readonly outlook: Outlook;
}

export type Waited =
  | Granted
  | GivenUp
  /** The ticket was cancelled, or its holder ended. */
  | { readonly kind: 'gone'; readonly ticket: TicketId };

export interface AskOptions {
  /** Called with the first answer, before any wait. */
  readonly onAsked?: (asked: Asked) => void;
  /** Called with the grant before the confirmation. If the waiter is killed before, its requester gets the lease. */
  readonly onGranted?: (granted: Granted) => void;
}

export interface WaitingOptions extends AskOptions {
  /** Milliseconds; null waits for ever. */
  readonly timeoutMs: number | null;
  /** Ends the wait early. */
  readonly signal?: AbortSignal | undefined;
  /** Without a grant, the ticket leaves the queue (`withdraw`) or keeps its place for the same requester (`step-back`). */
  readonly onGiveUp: 'withdraw' | 'step-back';
  /** `by-start-run`: the start of the command confirms the grant, in a commit that it needs anyway. */
  readonly confirm: 'now' | 'by-start-run';
}

/** The lease of this process, from its environment. */
export const leaseAround = (environment: Variables): LeaseId | null =>
  (environment.RESOURCE_MANAGER_LEASE || null) as LeaseId | null;

/** Requests once. Throws the store's errors. */
export async function ask(
  store: Store,
  command: RequestCommand | SpawnAgentCommand,
  { onAsked, onGranted }: AskOptions = {},
): Promise<Asked> {
  const committed = await store.transact(command);
  const { outcome } = committed;
  if (outcome.kind !== 'granted' && outcome.kind !== 'queued' && outcome.kind !== 'denied')
    throw new InternalError('request-outcome-9d02', `a request ended as ${outcome.kind}`);
  const asked = { ...committed, ...outcome };
  onAsked?.(asked);
  if (asked.kind === 'granted') onGranted?.(asked);
  return asked;
}

/** Requests, and waits if the request is queued. Throws the store's errors. */
export async function acquire(
  store: Store,
  command: RequestCommand,
  options: WaitingOptions,
): Promise<Waited | Denied> {
  const asked = await ask(store, command, options);
  return asked.kind === 'queued' ? awaitGrant(store, asked.outlook, options) : asked;
}

/** Waits for the ticket of a queued request, and confirms the grant or gives the ticket up. Throws the store's errors. */
export async function awaitGrant(
  store: Store,
  queued: Outlook,
  { timeoutMs, signal, onGranted, onGiveUp, confirm }: WaitingOptions,
): Promise<Waited> {
  const { ticket } = queued.entry;
  const end = await waitForTicket({ store, ticket, timeoutMs, signal });
  if (end.kind === 'gone') return { kind: 'gone', ticket };
  const found = end.kind === 'granted' ? end : await giveUp(store, queued, end.kind, onGiveUp);
  if (found.kind !== 'granted') return found;
  onGranted?.(found);
  if (confirm === 'now') {
    if (onGranted !== undefined) await letOthersSee(found.state, ticket);
    await store.transact({ kind: 'confirm', ticket });
  }
  return found;
}

/** Gives up the ticket. A request that steps back keeps a late grant. */
async function giveUp(
  store: Store,
  queued: Outlook,
  kind: GivenUp['kind'],
  how: WaitingOptions['onGiveUp'],
): Promise<Granted | GivenUp> {
  const { ticket } = queued.entry;
  const before = await store.read();
  const { state } = await store.transact({ kind: how, ticket });
  const lease = state.leases.find((held) => held.ticket === ticket);
  if (lease !== undefined) return { kind: 'granted', lease, state };
  const outlook = outlooks(before.state, before.environment).find(({ entry }) => entry.ticket === ticket);
  return { ...before, kind, outlook: outlook ?? queued };
}

const TURN_MS = 2;

/**
 * One release may grant many waiters at once. Confirming takes the lock and longer than reading the grant, so
 * each waiter first lets the others read theirs, and then confirms in its turn.
 */
async function letOthersSee(state: State, ticket: TicketId): Promise<void> {
  const undelivered = state.leases.filter((lease) => lease.ticket !== null);
  if (undelivered.length < 2) return;
  const turn = undelivered.length + undelivered.findIndex((lease) => lease.ticket === ticket);
  await new Promise((resolve) => setTimeout(resolve, turn * TURN_MS));
}
