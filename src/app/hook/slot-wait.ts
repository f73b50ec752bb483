/** Waits for the slot of a spawn, or denies it with the reason. Loaded only for a spawn that is not granted at once. */
import { GO_ON, type HookAnswer } from '../../core/hooks/answer.ts';
import { leaseOfToolCall } from '../../core/model/session.ts';
import type { Outlook } from '../../core/schedule/outlook.ts';
import type { DeniedOutcome } from '../../core/transition.ts';
import type { HookPorts } from '../../ports/hook.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { noSlotText, waitCancelledText } from '../../render/hook-texts.ts';
import { awaitGrant } from '../acquire.ts';
import { keepLooking } from './look.ts';

/** The denial of a spawn, with the reason and the holders. */
export const deniedAt = (
  snapshot: Snapshot,
  why: Pick<DeniedOutcome, 'project' | 'reason' | 'outlook'>,
): HookAnswer => ({
  ...GO_ON,
  deny: noSlotText(snapshot, why),
});

/** Waits for the ticket, at most `timeoutMs`; afterwards the request keeps its place in the queue. */
export async function waitForSlot(
  queued: Outlook,
  timeoutMs: number,
  ports: Pick<HookPorts, 'store' | 'openSigns' | 'onInterrupt'>,
): Promise<HookAnswer> {
  const { store, onInterrupt } = ports;
  const { project, spawn } = queued.entry;
  const controller = new AbortController();
  const { signal } = controller;
  const stopListening = onInterrupt(() => controller.abort());
  const looking = keepLooking(ports);
  const options = { timeoutMs, signal, onGiveUp: 'step-back', confirm: 'now' } as const;
  const end = await awaitGrant(store, queued, options).finally(() => {
    stopListening();
    return looking.stop();
  });
  // Nobody reads an interrupted hook's answer.
  if (end.kind === 'granted' || end.kind === 'interrupted') return GO_ON;
  // Another hook of the same call may have been granted the slot.
  const { leases } = await store.peek();
  if (spawn !== null && leaseOfToolCall(leases, spawn.session, spawn.toolCall) !== null) return GO_ON;
  if (end.kind === 'gone') return { ...GO_ON, deny: waitCancelledText(project) };
  const { outlook } = end;
  return deniedAt(end, { project, reason: outlook.reason ?? 'behind-others', outlook });
}
