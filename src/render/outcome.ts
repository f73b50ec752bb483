/** Text answers of the commands that change the state. */
import type { Environment } from '../core/environment.ts';
import { type Lease, leaseSize } from '../core/model/lease.ts';
import type { QueueEntry, SlotRequest } from '../core/model/queue-entry.ts';
import { effectiveMaxSlots, type State, usedSlots } from '../core/model/state.ts';
import type { Reason } from '../core/reason.ts';
import type { Outlook } from '../core/schedule/outlook.ts';
import type { Styles } from '../ports/styles.ts';
import { etaWords } from './eta.ts';
import type { CancelledOutcome, MaxSet } from './json/json.ts';
import { aheadText, reasonText, strainText, waitText } from './reason.ts';
import { slotsWord } from './text/counts.ts';
import { mark } from './text/styles.ts';

const poolText = (state: State): string => `(${usedSlots(state)}/${state.maxSlots} used)`;

export function grantedText(asked: SlotRequest, lease: Lease, state: State, styles: Styles): string {
  const size = leaseSize(lease);
  const head = `${mark(styles, '✅', '')}${styles.good('Granted')} ${slotsWord(size)} to ${asked.project} ${poolText(state)}`;
  const partial = size < asked.slots ? `, ${size} of the ${asked.slots} asked for` : '';
  const inside =
    lease.within > 0 && lease.parent !== null ? `, ${slotsWord(lease.within)} of them inside ${lease.parent}` : '';
  return `${head}\n   lease ${lease.id}${partial}${inside}`;
}

export function queuedText(outlook: Outlook, state: State, environment: Environment, styles: Styles): string {
  const { entry, position, eta: until } = outlook;
  const why = waitText(outlook, state, environment);
  const eta =
    until === null ? '' : `\n   expected ${etaWords(Math.ceil(until.ms / 1000), until.basis, until.confidence)}`;
  const head = `${mark(styles, '⏳', '')}${styles.warn('Waiting for slots')} (${aheadText(outlook)})`;
  return `${head}\n   ticket ${entry.ticket}, position ${position} of ${state.queue.length}: ${why}${eta}`;
}

export function deniedText(asked: SlotRequest, reason: Reason, state: State, environment: Environment): string {
  return `${slotsWord(asked.slots)} denied to ${asked.project} (${reason}): ${reasonText(reason, asked, state, environment)}`;
}

export function releasedText(project: string, released: number, state: State, styles: Styles): string {
  return `${mark(styles, '✅', '')}${styles.good('Released')} ${slotsWord(released)} from ${project} ${poolText(state)}`;
}

export function maxSetText(outcome: MaxSet, state: State, styles: Styles): string {
  const { previous, available, canProceed } = outcome;
  const max = state.maxSlots;
  const verb = max > previous ? 'increased' : max < previous ? 'decreased' : 'unchanged';
  const change =
    max === 0
      ? `Paused: no new slots are granted (max slots was ${previous}); requests queue`
      : `Max slots ${verb}: ${previous} → ${max}`;
  const lines = [`${mark(styles, '✅', '')}${change}`];
  const used = usedSlots(state);
  const allowed = effectiveMaxSlots(state);
  if (max > previous) lines.push(`   ${available} additional ${available === 1 ? 'slot' : 'slots'} available`);
  if (allowed < max) lines.push(`   ${slotsWord(allowed)} allowed now${strainText(state.vmState.reason)}`);
  if (max > 0 && used > allowed)
    lines.push(
      `   ${used} in use, ${used - allowed} more than allowed: nothing is killed; the limit takes effect as leases end`,
    );
  if (canProceed.length > 0) lines.push(`   Queued projects can now proceed: ${canProceed.join(', ')}`);
  return lines.join('\n');
}

export function cancelledText(
  { cancelled, dropped }: Pick<CancelledOutcome, 'cancelled' | 'dropped'>,
  isDryRun: boolean,
  styles: Styles,
): string {
  const verb = isDryRun ? 'Would cancel' : `${mark(styles, '✅', '')}Cancelled`;
  const what = ({ ticket, slots, project }: QueueEntry): string => `${ticket}: ${slotsWord(slots)} for ${project}`;
  const gone = dropped.map(({ entry, why }) => {
    const cause = why === 'holder-gone' ? 'its holder is gone' : 'it was not asked for again';
    return `Not in the queue any more: ${what(entry)}, dropped because ${cause}`;
  });
  return [...cancelled.map((entry) => `${verb} ${what(entry)}`), ...gone].join('\n');
}
