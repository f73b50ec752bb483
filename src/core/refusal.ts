import type { Dimension } from './model/budget.ts';
import type { LeaseId } from './model/ids.ts';
import type { Lease } from './model/lease.ts';
import type { ProcessRef } from './model/process-ref.ts';

/** Causes for refusing a command; a refused command changes nothing. */
export type Refusal =
  | { readonly code: 'no-such-project'; readonly project: string; readonly known: readonly string[] }
  | {
      readonly code: 'no-such-lease';
      readonly lease: string;
      readonly project: string;
      readonly leases: readonly Lease[];
    }
  | {
      readonly code: 'nothing-held';
      readonly project: string;
      readonly leases: readonly Lease[];
      /** Slots of its leases that ended just now, because their holder is gone or their time is up. */
      readonly freed: number;
    }
  | {
      readonly code: 'more-than-held';
      readonly project: string;
      readonly lease: LeaseId | null;
      readonly held: number;
      readonly asked: number;
    }
  | { readonly code: 'in-use-inside'; readonly lease: LeaseId; readonly asked: number }
  | { readonly code: 'no-such-agent'; readonly agent: string; readonly known: readonly string[] }
  | { readonly code: 'no-such-workflow'; readonly workflow: string; readonly known: readonly string[] }
  | { readonly code: 'other-workflow'; readonly agent: string; readonly workflow: string }
  /** Amount above the pool's present content, or above its largest possible content. */
  | {
      readonly code: 'pool-short' | 'more-than-total';
      readonly agent: string;
      readonly workflow: string;
      readonly dimension: Dimension;
      readonly wanted: number;
      readonly left: number;
    }
  | {
      readonly code: 'total-too-small';
      readonly workflow: string;
      readonly dimension: Dimension;
      readonly most: number;
      readonly reserve: number;
      readonly given: number;
    }
  | {
      readonly code: 'less-than-used';
      readonly agent: string;
      readonly dimension: Dimension;
      readonly used: number;
      readonly asked: number;
    }
  | {
      readonly code: 'more-than-left';
      readonly agent: string;
      readonly dimension: Dimension;
      readonly left: number;
      readonly asked: number;
    }
  | { readonly code: 'has-no-limit'; readonly agent: string; readonly dimension: Dimension }
  | { readonly code: 'share-limit'; readonly agent: string; readonly dimension: Dimension; readonly most: number }
  | { readonly code: 'monitor-running'; readonly monitor: ProcessRef }
  | { readonly code: 'no-such-ticket'; readonly ticket: string; readonly tickets: readonly string[] };
