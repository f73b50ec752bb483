import type { CoreEvent } from '../core/event.ts';
import type { LeaseId } from '../core/model/ids.ts';
import { iso } from './json/json-values.ts';
import { slotsWord } from './text/counts.ts';
import { durationWords } from './text/duration.ts';

/** One line for each side effect of a command, for `--verbose`. */
export function eventText(event: CoreEvent): string {
  const lease = (id: LeaseId): string => `lease ${id}`;
  switch (event.kind) {
    case 'reclaimed': {
      const reason = {
        'holder-gone': `process ${event.holder?.pid} is gone`,
        expired: 'its time is up',
        'never-collected': 'it was never collected',
        silent: 'its agent was silent for too long',
        'not-running': 'its session reports that its agent has finished',
      };
      return `reclaimed ${slotsWord(event.slots)} of ${event.project} (${lease(event.lease)}): ${reason[event.why]}`;
    }
    case 'dropped':
      return `dropped ticket ${event.ticket} of ${event.project}: ${event.why === 'holder-gone' ? 'its process is gone' : 'it was not asked for again'}`;
    case 'lapsed':
      return event.why === 'not-claimed'
        ? `the offer to ${event.project} (ticket ${event.ticket}) was not claimed`
        : `ticket ${event.ticket} of ${event.project} is skipped until it is asked for again: the process that waited for it is gone`;
    case 'offered':
      return `offered ${slotsWord(event.slots)} to ${event.project} (ticket ${event.ticket}) until ${iso(event.until)}`;
    case 'granted':
      return `granted ${slotsWord(event.slots)} to ${event.project} (${lease(event.lease)})`;
    case 'health':
      return `the machine is ${event.to}${event.reason === null ? '' : `: ${event.reason}`}`;
    case 'ending':
      return `ending ${lease(event.lease)} of ${event.project}: ${event.why}`;
    case 'killed':
      return `ended ${lease(event.lease)} of ${event.project}`;
    case 'budget':
      return `${event.agent} is ${event.to} (was ${event.from})`;
    case 'budget-stopped':
      return `${event.agent} is stopped: ${event.reason}`;
    case 'clock-set':
      return clockSetText(event.seconds);
    case 'pressure':
      return `the budget of workflow ${event.workflow} ${POOL_WORDS[event.to]}`;
  }
}

/** Says by how much the clock was set, in seconds; negative for back. */
export const clockSetText = (seconds: number): string =>
  `the clock was set ${seconds < 0 ? 'back' : 'forth'} by ${durationWords(Math.abs(seconds))}`;

const POOL_WORDS = {
  none: 'has room again',
  low: 'is nearly used up: all agents are throttled',
  short: 'is almost used up: all agents are degraded',
  gone: 'is used up: only critical agents continue',
};
