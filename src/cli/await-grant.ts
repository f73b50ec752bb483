/** `--wait`: blocked until granted, cancelled, out of time or interrupted; the ticket never outlives the wait. */

import { waitForTicket } from '../app/wait-for-grant.ts';
import type { RequestCommand } from '../core/commands/request.ts';
import type { State } from '../core/model/state.ts';
import type { Outlook } from '../core/schedule/outlook.ts';
import { EXIT, ExpectedError } from '../errors.ts';
import type { Committed, Context, Store } from '../ports/context.ts';
import { grantedJson, notGrantedJson } from '../render/json/json.ts';
import { grantedText, queuedText } from '../render/outcome.ts';
import { answer, note } from './answer.ts';
import type { Typed } from './command.ts';
import { has } from './values.ts';

/** Signals heard from the moment it is opened, so that one between asking and waiting is not lost. */
export interface Interrupts {
  readonly subscribe: (end: (signal: number) => void) => () => void;
  readonly stop: () => void;
  /** The first signal that came, by number. */
  readonly came: () => number | null;
}

export function listenForInterrupts(context: Context): Interrupts {
  let came: number | null = null;
  let tell: ((signal: number) => void) | null = null;
  const stop = context.onInterrupt((signal) => {
    came ??= signal;
    tell?.(came);
  });
  return {
    stop,
    came: () => came,
    subscribe(end) {
      tell = end;
      if (came !== null) end(came);
      return () => {
        tell = null;
      };
    },
  };
}

export interface Waiting {
  readonly typed: Typed;
  readonly context: Context;
  readonly store: Store;
  readonly command: RequestCommand;
  readonly queued: Committed;
  readonly outlook: Outlook;
  /** Null waits for ever. */
  readonly timeoutMs: number | null;
  readonly interrupts: Interrupts;
}

const TURN_MS = 2;

/**
 * One release may have granted many waiters at once. Seeing it costs each a moment, confirming it several and the lock:
 * whoever was told first steps back until the others have been told too, and then each confirms in its turn.
 */
async function letOthersSee(state: State, ticket: string): Promise<void> {
  const undelivered = state.leases.filter((lease) => lease.ticket !== null);
  if (undelivered.length < 2) return;
  const turn = undelivered.length + undelivered.findIndex((lease) => lease.ticket === ticket);
  await new Promise((resolve) => setTimeout(resolve, turn * TURN_MS));
}

/** The exit code. */
export async function awaitGrant(waiting: Waiting): Promise<number> {
  const { typed, context, store, command, queued, outlook, timeoutMs, interrupts } = waiting;
  const { styles } = context.out;
  const { ticket } = outlook.entry;
  note(typed, context, queuedText(outlook, queued.state, queued.environment.settings, styles));
  const end = await waitForTicket({ store, ticket, timeoutMs, onInterrupt: interrupts.subscribe });
  switch (end.kind) {
    case 'granted':
      answer(
        typed,
        context,
        () => grantedJson(command, end.lease, end.state),
        () => grantedText(command, end.lease, end.state, styles),
      );
      await letOthersSee(end.state, ticket);
      await store.transact({ kind: 'confirm', ticket });
      return EXIT.ok;
    case 'gone':
      throw new ExpectedError('cancelled', `ticket ${ticket} was taken out of the queue while waiting for it`, {
        hint: 'somebody cancelled it, or the process that was to hold the slots ended; ask again if still wanted',
        exit: EXIT.notNow,
      });
    case 'time-is-up': {
      const { state } = await store.transact({ kind: 'withdraw', ticket });
      if (has(typed, 'json')) {
        const denied = notGrantedJson(command, 'denied', outlook.reason, outlook, state);
        context.out.answer(JSON.stringify({ ...denied, timed_out: true }));
      }
      context.out.note(`error: no slots for ${command.project} within the time given; ticket ${ticket} is withdrawn`);
      context.out.note('hint: wait longer with --wait=DURATION, or see who holds them: resource-status');
      return EXIT.waitRanOut;
    }
    case 'interrupted': {
      const { state } = await store.transact({ kind: 'withdraw', ticket });
      if (has(typed, 'json')) {
        const denied = notGrantedJson(command, 'denied', outlook.reason, outlook, state);
        context.out.answer(JSON.stringify({ ...denied, interrupted: true }));
      }
      note(typed, context, `note: ticket ${ticket} is withdrawn`);
      return 128 + end.signal;
    }
  }
}
