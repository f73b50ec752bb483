/** Answers of `request-slots` and `run` to a request that is queued, denied or cancelled. */

import type { Asked, Denied } from '../app/acquire.ts';
import type { RequestCommand } from '../core/commands/request.ts';
import type { TicketId } from '../core/model/ids.ts';
import type { Reason } from '../core/reason.ts';
import { EXIT, ExpectedError } from '../errors.ts';
import { notGrantedJson } from '../render/json/json.ts';
import { deniedText, queuedText } from '../render/outcome.ts';
import type { Invocation } from './invocation.ts';
import { durationMs } from './values.ts';

/** The longest wait in milliseconds; null waits for ever. Throws ExpectedError 64 when --wait is not a duration. */
export const waitMs = (invocation: Invocation): number | null =>
  invocation.option('wait', (text) => (text === '' ? null : durationMs('--wait', text)));

/** Notes the events of the commit, and the place in the queue of a request that waits. */
export function noteAsked(invocation: Invocation, asked: Asked): void {
  invocation.noteBeside(asked);
  if (asked.kind === 'queued' && invocation.has('wait'))
    invocation.note(queuedText(asked.outlook, asked.state, asked.environment.settings, invocation.out.styles));
}

/** The hint for a denial that waiting cannot change; null for a denial that it may. */
function hintForGood(reason: Reason, maxSlots: number): string | null {
  switch (reason) {
    case 'exceeds-maximum':
      return `ask for ${maxSlots} or fewer, or make the pool larger: set-max N`;
    case 'project-limit':
      return 'ask for fewer, or raise max_per_project (or projects.NAME.max): resource-manager config set …';
    case 'would-deadlock':
      return 'do this step under the lease that you hold, or release slots of it first';
    default:
      return null;
  }
}

/** Answers a denial and returns its exit code. As text, a denial with a hint throws ExpectedError 69 or 75 instead. */
export function answerDenied(
  invocation: Invocation,
  command: RequestCommand,
  { reason, outlook, state, environment }: Denied,
  hintForNow: string | null = null,
): number {
  const forGood = outlook === null || reason === 'would-deadlock' ? hintForGood(reason, state.maxSlots) : null;
  const exit = forGood === null ? EXIT.notNow : EXIT.neverGranted;
  const hint = forGood ?? hintForNow;
  const text = deniedText(command, reason, state, environment.settings);
  if (hint !== null && !invocation.has('json')) throw new ExpectedError(reason, text, { hint, exit });
  invocation.answer({ json: () => notGrantedJson(command, 'denied', reason, outlook, state), text: () => text });
  return exit;
}

/** The error of a wait when its ticket has left the queue. */
export const goneError = (ticket: TicketId): ExpectedError =>
  new ExpectedError('cancelled', `ticket ${ticket} left the queue during the wait`, {
    hint: 'it was cancelled, or its holder ended; ask again if the slots are still needed',
    exit: EXIT.notNow,
  });
