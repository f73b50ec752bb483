import type { Identity } from '../../core/reap/process-row.ts';
import type { ProcessView } from '../processes/view.ts';

export type Signalled = 'sent' | 'gone' | 'denied';

/**
 * Sends a signal to this very process: its start time is read again right before, so that a pid which has passed on to
 * another process is left alone. Never 0, 1, or this process.
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
