import type { CoreEvent } from '../core/event.ts';
import type { LeaseId } from '../core/model/ids.ts';
import { iso } from './json/json-values.ts';

/** One line for each thing that happened beside the command, for `--verbose`. */
export function eventText(event: CoreEvent): string {
  const lease = (id: LeaseId): string => `lease ${id}`;
  switch (event.kind) {
    case 'reclaimed': {
      const why = {
        'holder-gone': `process ${event.holder?.pid} is gone`,
        expired: 'its time is up',
        'never-collected': 'nobody collected it',
        silent: 'nothing was heard of its agent for too long',
        'not-running': 'its session says that it is over',
      };
      return `reclaimed ${event.slots} of ${event.project} (${lease(event.lease)}): ${why[event.why]}`;
    }
    case 'dropped':
      return `dropped ticket ${event.ticket} of ${event.project}: ${event.why === 'holder-gone' ? 'its process is gone' : 'nobody asked again'}`;
    case 'lapsed':
      return `the offer to ${event.project} (ticket ${event.ticket}) was not taken`;
    case 'offered':
      return `offered ${event.slots} to ${event.project} (ticket ${event.ticket}) until ${iso(event.until)}`;
    case 'granted':
      return `granted ${event.slots} to ${event.project} (${lease(event.lease)})`;
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
    case 'pressure':
      return `the budget of workflow ${event.workflow} ${POOL_WORDS[event.to]}`;
  }
}

const POOL_WORDS = {
  none: 'has room again',
  low: 'is nearly used up: everyone is throttled',
  short: 'is all but used up: everyone gives up what can be done without',
  gone: 'is used up: only critical agents go on',
};
