/**
 * Starts the commands a person asked to be told by, after the commit. They are started and forgotten: each has a session,
 * a time limit and an end of its own, so none holds up or breaks the command that caused it, whatever becomes of it.
 * What a command itself leaves in the background when it ends in time is its own affair.
 */
import { spawn } from 'node:child_process';
import type { Variables } from '../../ports/processes.ts';
import { MARK_VARIABLE } from '../processes/origins.ts';

export interface Notice {
  /** Shell text, as the person wrote it. */
  readonly command: string;
  readonly event: Readonly<Record<string, unknown>> & { readonly kind: string };
}

export interface NotifyLimits {
  readonly timeLimitS?: number;
}

/** A commit that says more than this has nothing to tell that a person would read. */
export const MOST_AT_ONCE = 20;
export const TIME_LIMIT_S = 30;

/** Linux takes no string of the environment above 128 KiB (MAX_ARG_STRLEN), its name included. */
const MOST_BYTES = 100_000;
const ALWAYS_TOLD = ['kind', 'project', 'agent', 'lease', 'at'];

/**
 * Takes the limit in seconds and the command, and feeds the command itself, because Node is gone by then. It names no
 * variable of its own: one that is exported already would reach the command changed.
 *
 * `timeout` ends what it started, but not what outlives that; so a shell stands between, which after the TERM takes the
 * whole group along. It is asked in long words because BusyBox, whose `timeout` has no group, knows only the short ones.
 * Without one the main shell waits for a `sleep`, which the end of the command cuts short, and ends its own group.
 */
const NOTIFY_SCRIPT = `
feed() { printf '%s\\n' "$RESOURCE_MANAGER_EVENT"; }
if timeout --kill-after=1 1 /bin/sh -c :; then
  feed | timeout --kill-after=1 "$1" /bin/sh -c 'trap "kill -KILL 0" TERM; /bin/sh -c "$1"; exit' sh "$2"
  exit
fi
sleep "$1" &
set -- "$2" $!
{ feed | /bin/sh -c "$1"; kill "$2"; } &
wait "$2" || exit
trap '' TERM
kill -TERM 0
sleep 1
kill -KILL 0
`;

function payloadOf(event: Notice['event']): string {
  const text = JSON.stringify(event);
  if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  return JSON.stringify(Object.fromEntries(Object.entries(event).filter(([name]) => ALWAYS_TOLD.includes(name))));
}

const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A notification is no part of a run, and what an earlier one was told does not show through. */
const environmentFor = (event: Notice['event'], env: Variables): NodeJS.ProcessEnv => ({
  ...env,
  [MARK_VARIABLE]: undefined,
  RESOURCE_MANAGER_LEASE: undefined,
  RESOURCE_MANAGER_EVENT: payloadOf(event),
  RESOURCE_MANAGER_EVENT_KIND: event.kind,
  RESOURCE_MANAGER_EVENT_PROJECT: stringOf(event.project),
  RESOURCE_MANAGER_EVENT_AGENT: stringOf(event.agent),
  RESOURCE_MANAGER_EVENT_LEASE: stringOf(event.lease),
});

/**
 * Starts the first `MOST_AT_ONCE` of the notices and returns at once; one that cannot be started is passed over. What a
 * told command changes in turn is told to nobody: two rules could keep each other going for ever.
 */
export function sendNotices(notices: readonly Notice[], env: Variables, limits: NotifyLimits = {}): void {
  if (env.RESOURCE_MANAGER_EVENT !== undefined) return;
  const limit = String(limits.timeLimitS ?? TIME_LIMIT_S);
  for (const { command, event } of notices.slice(0, MOST_AT_ONCE)) {
    try {
      const child = spawn('/bin/sh', ['-c', NOTIFY_SCRIPT, 'sh', limit, command], {
        detached: true,
        stdio: 'ignore',
        env: environmentFor(event, env),
      });
      child.on('error', () => {});
      child.unref();
    } catch {
      // Too large for the system, or out of processes: the commit it tells of stands all the same.
    }
  }
}
