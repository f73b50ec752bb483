import type { Identity } from '../../core/reap/process-row.ts';
import type { ProcessView } from '../processes/view.ts';

export type Signalled = 'sent' | 'gone' | 'denied';

/**
 * Sends a signal to exactly this process: its start time is read again first, so that a reused pid gets no signal. Never
 * signals 0, 1, or the calling process.
 */
export function signalProcess(view: ProcessView, { pid, started }: Identity, signal: NodeJS.Signals): Signalled {
  if (pid <= 1 || pid === process.pid) return 'denied';
  if (view.row(pid)?.started !== started) return 'gone';
  try {
    process.kill(pid, signal);
    return 'sent';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'gone' : 'denied';
  }
}
