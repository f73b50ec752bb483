import type { CoreEvent } from '../core/event.ts';
import type { LeaseId } from '../core/model/ids.ts';
import { iso } from './json.ts';

/** One line for each thing that happened beside the command, for `--verbose`. */
export function eventText(event: CoreEvent): string {
  const lease = (id: LeaseId): string => `lease ${id}`;
  switch (event.kind) {
    case 'reclaimed': {
      const why = {
        'holder-gone': `process ${event.holder?.pid} is gone`,
        expired: 'its time is up',
        'never-collected': 'nobody collected it',
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
  }
}
