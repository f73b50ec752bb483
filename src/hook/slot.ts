/** A slot for an agent that is about to be started: had at once, waited for a little, or denied with the facts. */
import type { Snapshot } from '../context.ts';
import type { SessionFacts } from '../core/commands/attend.ts';
import type { RequestCommand } from '../core/commands/request.ts';
import { GO_ON, type HookAnswer } from '../core/hooks/answer.ts';
import type { HookEvent } from '../core/hooks/event.ts';
import type { TicketId } from '../core/model/ids.ts';
import { findSession, leaseOfToolCall } from '../core/model/session.ts';
import type { Outlook } from '../core/schedule/outlook.ts';
import { outlooks } from '../core/schedule/outlook.ts';
import { InternalError } from '../errors.ts';
import { noSlotText } from '../render/hook.ts';
import { waitForTicket } from '../wait.ts';
import { keepLooking } from './look.ts';
import type { HookPorts, Seen } from './ports.ts';
import { parentOf } from './session.ts';

const denied = (reason: string): HookAnswer => ({ ...GO_ON, deny: reason });

export function requestFor(
  event: HookEvent,
  session: SessionFacts,
  seen: Pick<Seen, 'state'>,
  ports: HookPorts,
  mode: 'wait' | 'now',
): RequestCommand {
  return {
    kind: 'request',
    project: session.project,
    slots: 1,
    minSlots: 1,
    mode,
    priority: null,
    agents: [],
    holder: session.process,
    waiter: mode === 'wait' ? ports.host.self() : null,
    ttlMs: null,
    parent: parentOf(event, seen, ports),
    run: null,
    spawn: { session: event.session, toolCall: event.toolCall, agentId: null, heardAt: ports.now() },
  };
}

/** Gives the answer to a spawn. One that is granted says nothing: whether the tool may run is for others to say. */
export async function takeSlot(
  event: HookEvent,
  session: SessionFacts,
  seen: Seen,
  ports: HookPorts,
): Promise<HookAnswer> {
  const { store } = ports;
  const { waitMs } = seen.settings.hooks;
  // The place in the queue and the session's end are found by the session.
  if (findSession(seen.state.sessions, event.session) === null)
    await store.transact({ kind: 'attend', do: 'start', ...session });
  const committed = await store.transact(requestFor(event, session, seen, ports, 'wait'));
  const { outcome } = committed;
  switch (outcome.kind) {
    case 'granted':
      return GO_ON;
    case 'denied':
      return denied(noSlotText(committed, { project: session.project, ...outcome }));
    case 'queued':
      return waitForSlot(event, session, outcome.outlook, waitMs, ports);
    default:
      throw new InternalError('spawn-outcome-3b7e', `a spawn's request ended as ${outcome.kind}`);
  }
}

async function waitForSlot(
  event: HookEvent,
  session: SessionFacts,
  outlook: Outlook,
  timeoutMs: number,
  ports: HookPorts,
): Promise<HookAnswer> {
  const { store } = ports;
  const { ticket } = outlook.entry;
  const looking = keepLooking(ports);
  const end = await waitForTicket({ store, ticket, timeoutMs, onInterrupt: ports.onInterrupt });
  await looking.stop();
  const has = (state: Snapshot['state']): boolean =>
    state.leases.some((lease) => lease.ticket === ticket) ||
    leaseOfToolCall(state.leases, event.session, event.toolCall) !== null;
  if (end.kind === 'granted') {
    await store.transact({ kind: 'confirm', ticket });
    return GO_ON;
  }
  const told = await placeOf(ticket, outlook, ports);
  const { state } = end.kind === 'gone' ? await store.read() : await store.transact({ kind: 'step-back', ticket });
  if (has(state)) {
    await store.transact({ kind: 'confirm', ticket });
    return GO_ON;
  }
  // Whoever ended this process listens no more.
  if (end.kind === 'interrupted') return GO_ON;
  const { project } = session;
  const { reason } = told.outlook;
  return denied(noSlotText(told.snapshot, { project, reason: reason ?? 'behind-others', outlook: told.outlook }));
}

/** Where the ticket stands now, for what is told of it. */
async function placeOf(ticket: TicketId, before: Outlook, { store }: HookPorts) {
  const snapshot = await store.read();
  const outlook = outlooks(snapshot.state, snapshot.environment).find(({ entry }) => entry.ticket === ticket) ?? before;
  return { snapshot, outlook };
}
