import type { Level, Pressure } from './model/budget.ts';
import type { LeaseId, TicketId } from './model/ids.ts';
import type { Instant } from './model/instants.ts';
import type { EndingCause } from './model/lease.ts';
import type { ProcessRef } from './model/process-ref.ts';
import type { Health } from './model/state.ts';

/** Side effects of a transition, reported to the user; no later decision depends on them. */
export type CoreEvent =
  | {
      readonly kind: 'reclaimed';
      readonly lease: LeaseId;
      readonly project: string;
      readonly slots: number;
      readonly why: 'holder-gone' | 'expired' | 'never-collected' | 'silent' | 'not-running';
      readonly holder: ProcessRef | null;
    }
  | {
      readonly kind: 'dropped';
      readonly ticket: TicketId;
      readonly project: string;
      readonly why: 'holder-gone' | 'never-asked-again';
    }
  | {
      readonly kind: 'lapsed';
      readonly ticket: TicketId;
      readonly project: string;
      readonly why: 'not-claimed' | 'waiter-gone';
    }
  | {
      readonly kind: 'offered';
      readonly ticket: TicketId;
      readonly project: string;
      readonly slots: number;
      readonly until: Instant;
    }
  | {
      readonly kind: 'granted';
      readonly ticket: TicketId | null;
      readonly lease: LeaseId;
      readonly project: string;
      readonly slots: number;
    }
  | { readonly kind: 'health'; readonly from: Health | null; readonly to: Health; readonly reason: string | null }
  /** The ending of a lease's process trees begins; a second event says that they are gone. */
  | {
      readonly kind: 'ending';
      readonly lease: LeaseId;
      readonly project: string;
      readonly why: string;
      readonly by: EndingCause;
    }
  | { readonly kind: 'killed'; readonly lease: LeaseId; readonly project: string; readonly why: string }
  /** The used share of an agent's budget crossed into another colour. */
  | {
      readonly kind: 'budget';
      readonly agent: string;
      readonly workflow: string;
      readonly from: Level;
      readonly to: Level;
    }
  | { readonly kind: 'budget-stopped'; readonly agent: string; readonly workflow: string; readonly reason: string }
  /** Somebody set the clock since the last commit; negative for back. */
  | { readonly kind: 'clock-set'; readonly seconds: number }
  | { readonly kind: 'pressure'; readonly workflow: string; readonly from: Pressure; readonly to: Pressure };
