import type { Reason } from '../core/reason.ts';

/** What to do about a denial that waiting would not change; null for one that it may. */
export function hintForGood(reason: Reason, maxSlots: number): string | null {
  switch (reason) {
    case 'exceeds-maximum':
      return `ask for ${maxSlots} or fewer, or make the pool larger: set-max N`;
    case 'project-limit':
      return 'ask for fewer, or raise max_per_project (or projects.NAME.max): resource-manager config set …';
    case 'would-deadlock':
      return 'do this step inside the lease, one at a time, or release slots of it first';
    default:
      return null;
  }
}
