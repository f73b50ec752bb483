/** What a person can be told about, and which of it an event is. */
import type { CoreEvent } from './event.ts';

export const NOTICE_NAMES = [
  'granted',
  'offered',
  'reclaimed',
  'dropped',
  'lapsed',
  'healthy',
  'degraded',
  'critical',
  'ending',
  'killed',
  'budget-green',
  'budget-yellow',
  'budget-orange',
  'budget-red',
  'budget-black',
  'budget-stopped',
  'pool-low',
  'pool-short',
  'pool-gone',
] as const;
export type NoticeName = (typeof NOTICE_NAMES)[number];

/** The name under which the event can be asked for, or null when it is none that anyone is told about. */
export function noticeOf(event: CoreEvent): NoticeName | null {
  switch (event.kind) {
    case 'health':
      return event.to;
    case 'budget':
      return `budget-${event.to}`;
    case 'pressure':
      return event.to === 'none' ? null : `pool-${event.to}`;
    default:
      return event.kind;
  }
}
