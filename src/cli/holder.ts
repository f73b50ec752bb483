/** The holder of a lease: `--pid`, else the environment's, else the nearest long-lived ancestor. */

import type { ProcessRef } from '../core/model/process-ref.ts';
import type { Host, ProcessEnvironment } from '../ports/host.ts';
import { usageError } from './values.ts';

const pidOf = (text: string): number | null => (/^[1-9]\d{0,9}$/.test(text) ? Number(text) : null);

function running(ports: Host, what: string, text: string): ProcessRef {
  const pid = pidOf(text);
  const found = pid === null ? null : ports.process(pid);
  if (found === null) {
    throw usageError(
      `${what} names no running process: ${text}`,
      'give the pid of the process that will use the slots',
    );
  }
  if (ports.outlivesJobs(found.pid)) {
    throw usageError(
      `${what} names process ${text}${found.command === null ? '' : ` (${found.command})`}, which outlives every job: its slots would not come back`,
      'give the pid of the process that will use the slots, or --detached',
    );
  }
  return found;
}

/** The process that calls this command; null when its nearest ancestor outlives every job. */
export function callingProcess(ports: Host & ProcessEnvironment): ProcessRef | null {
  const { RESOURCE_MANAGER_HOLDER_PID: named, CLAUDE_PID: claude } = ports.env;
  if (named) return running(ports, 'RESOURCE_MANAGER_HOLDER_PID', named);
  // Processes that outlive a Claude session inherit a stale CLAUDE_PID; it is ignored, because the caller did not set it.
  const pid = pidOf(claude ?? '');
  const session = pid === null || ports.outlivesJobs(pid) ? null : ports.process(pid);
  return session ?? ports.caller();
}

export const holderFromOption = (ports: Host, pid: string): ProcessRef => running(ports, '--pid', pid);
