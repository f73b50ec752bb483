/**
 * Starts the commands of `notify` rules after the commit. Each runs in its own session with a time limit, so a slow or
 * failing one neither delays nor breaks the command that caused it. Background processes that a command leaves when it
 * ends in time are not ended.
 */
import { spawn } from 'node:child_process';
import { shown } from '../../core/shown.ts';
import type { Variables } from '../../ports/host.ts';
import { MARK_VARIABLE } from '../processes/origins.ts';
import { NOTICE_SHELL, runningNotices } from './running.ts';

export interface Notice {
  /** Shell command from config.yaml. */
  readonly command: string;
  readonly event: Readonly<Record<string, unknown>> & { readonly kind: string };
}

export interface NotifyLimits {
  readonly timeLimitS?: number;
}

/** Limit of notifications that run at a time, over all commands of a user; nobody reads more. */
export const MOST_AT_ONCE = 20;
export const TIME_LIMIT_S = 30;

/** Linux limits one environment string, with its name, to 128 KiB (MAX_ARG_STRLEN). */
const MOST_BYTES = 100_000;
const ALWAYS_SENT = ['kind', 'project', 'agent', 'lease', 'at'];

/**
 * Takes the time limit in seconds and the command. The script feeds the event to the command, because Node may
 * end first. It sets no variable: an exported one of that name would reach the command changed.
 *
 * `timeout` ends its child, but not the child's descendants, so a shell in between kills the whole group after SIGTERM.
 * The long options exclude BusyBox, whose `timeout` makes no group. Without a usable `timeout` the main shell waits for a
 * `sleep`, which the end of the command cuts short, and then ends its own group.
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
  const text = shown(JSON.stringify(event));
  if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  return shown(
    JSON.stringify(Object.fromEntries(Object.entries(event).filter(([name]) => ALWAYS_SENT.includes(name)))),
  );
}

const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? shown(value) : undefined);

/** Environment of a notification: without the mark and lease of a run, and without values of an earlier notification. */
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
 * Starts the first notices, as many as may run beside those of other commands, and returns at once; one that fails to start is skipped. Changes made by such a
 * command trigger no further notifications, because two rules could trigger each other for ever.
 */
export function sendNotices(notices: readonly Notice[], env: Variables, limits: NotifyLimits = {}): void {
  if (env.RESOURCE_MANAGER_EVENT !== undefined) return;
  const limit = String(limits.timeLimitS ?? TIME_LIMIT_S);
  const most = Math.max(0, MOST_AT_ONCE - runningNotices());
  for (const { command, event } of notices.slice(0, most)) {
    try {
      const child = spawn('/bin/sh', ['-c', NOTIFY_SCRIPT, NOTICE_SHELL, limit, command], {
        detached: true,
        stdio: 'ignore',
        env: environmentFor(event, env),
      });
      child.on('error', () => {});
      child.unref();
    } catch {
      // Too large for the system, or no process left; the commit is unaffected.
    }
  }
}
