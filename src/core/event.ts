import type { LeaseId, TicketId } from './model/ids.ts';
import type { Instant } from './model/instants.ts';
import type { ProcessRef } from './model/process-ref.ts';

/** What a transition did besides the command it was asked for; told to the user, never needed to go on. */
export type CoreEvent =
  | {
      readonly kind: 'reclaimed';
      readonly lease: LeaseId;
      readonly project: string;
      readonly slots: number;
      readonly why: 'holder-gone' | 'expired' | 'never-collected';
      readonly holder: ProcessRef | null;
    }
  | {
      readonly kind: 'dropped';
      readonly ticket: TicketId;
      readonly project: string;
      readonly why: 'holder-gone' | 'never-asked-again';
    }
  | { readonly kind: 'lapsed'; readonly ticket: TicketId; readonly project: string }
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
    };
