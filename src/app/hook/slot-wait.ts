/** Waiting for the slot of a spawn, and denying it with the facts; apart, because most are had at once. */

import type { SessionFacts } from '../../core/commands/attend.ts';
import type { HookAnswer } from '../../core/hooks/answer.ts';
import { GO_ON } from '../../core/hooks/answer.ts';
import type { HookEvent } from '../../core/hooks/event.ts';
import type { TicketId } from '../../core/model/ids.ts';
import { leaseOfToolCall } from '../../core/model/session.ts';
import type { Reason } from '../../core/reason.ts';
import type { Outlook } from '../../core/schedule/outlook.ts';
import { outlooks } from '../../core/schedule/outlook.ts';
import type { Snapshot } from '../../ports/context.ts';
import { cancelledText, noSlotText } from '../../render/hook-texts.ts';
import { waitForTicket } from '../wait-for-grant.ts';
import { keepLooking } from './look.ts';
import type { HookPorts } from './ports.ts';

const denied = (reason: string): HookAnswer => ({ ...GO_ON, deny: reason });

/** For one that cannot be had by waiting. */
export const deniedAt = (
  snapshot: Snapshot,
  { project }: SessionFacts,
  { reason, outlook }: { readonly reason: Reason; readonly outlook: Outlook | null },
): HookAnswer => denied(noSlotText(snapshot, { project, reason, outlook }));

export async function waitForSlot(
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
    leaseOfToolCall(state.leases, event.session, outlook.entry.spawn?.toolCall ?? null) !== null;
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
  if (end.kind === 'gone') return denied(cancelledText(project));
  const { reason } = told.outlook;
  return denied(noSlotText(told.snapshot, { project, reason: reason ?? 'behind-others', outlook: told.outlook }));
}

/** Where the ticket stands now, for what is told of it. */
async function placeOf(ticket: TicketId, before: Outlook, { store }: HookPorts) {
  const snapshot = await store.read();
  const outlook = outlooks(snapshot.state, snapshot.environment).find(({ entry }) => entry.ticket === ticket) ?? before;
  return { snapshot, outlook };
}
