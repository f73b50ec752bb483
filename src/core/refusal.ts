import type { LeaseId } from './model/ids.ts';
import type { Lease } from './model/lease.ts';
import type { ProcessRef } from './model/process-ref.ts';

/** A command that makes no sense against the state as it is. Nothing was changed. */
export type Refusal =
  | { readonly code: 'no-such-project'; readonly project: string; readonly known: readonly string[] }
  | {
      readonly code: 'no-such-lease';
      readonly lease: string;
      readonly project: string;
      readonly leases: readonly Lease[];
    }
  | { readonly code: 'nothing-held'; readonly project: string; readonly leases: readonly Lease[] }
  | {
      readonly code: 'more-than-held';
      readonly project: string;
      readonly lease: LeaseId | null;
      readonly held: number;
      readonly asked: number;
    }
  | { readonly code: 'in-use-inside'; readonly lease: LeaseId; readonly asked: number }
  | { readonly code: 'monitor-running'; readonly monitor: ProcessRef }
  | { readonly code: 'no-such-ticket'; readonly ticket: string; readonly tickets: readonly string[] };
