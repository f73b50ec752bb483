/** The holder of a lease: `--pid`, else the environment's, else the nearest long-lived ancestor. */

import type { ProcessRef } from '../core/model/process-ref.ts';
import type { Context } from '../ports/context.ts';
import { usageError } from './values.ts';

const pidOf = (text: string): number | null => (/^[1-9]\d{0,9}$/.test(text) ? Number(text) : null);

function running(context: Context, what: string, text: string): ProcessRef {
  const pid = pidOf(text);
  const found = pid === null ? null : context.host.process(pid);
  if (found === null) {
    throw usageError(
      `${what} names no running process: ${text}`,
      'give the pid of the process that will use the slots',
    );
  }
  return found;
}

/** The process that calls this command; null when its only ancestor is init. */
export function callingProcess(context: Context): ProcessRef | null {
  const { RESOURCE_MANAGER_HOLDER_PID: named, CLAUDE_PID: claude } = context.environment;
  if (named) return running(context, 'RESOURCE_MANAGER_HOLDER_PID', named);
  // Processes that outlive a Claude session inherit a stale CLAUDE_PID; it is ignored, because the caller did not set it.
  const session = claude && pidOf(claude) !== null ? context.host.process(Number(claude)) : null;
  return session ?? context.host.caller();
}

export const holderFromOption = (context: Context, pid: string): ProcessRef => running(context, '--pid', pid);
