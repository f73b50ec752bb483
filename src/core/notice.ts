/** Names of events for `notify` rules in config.yaml. */
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

/** Name of the event for `notify` rules; null if no rule can select it. */
export function noticeOf(event: CoreEvent): NoticeName | null {
  switch (event.kind) {
    case 'health':
      return event.to;
    case 'budget':
      return `budget-${event.to}`;
    case 'pressure':
      return event.to === 'none' ? null : `pool-${event.to}`;
    case 'clock-set':
      return null;
    default:
      return event.kind;
  }
}
