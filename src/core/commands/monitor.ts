/** One monitor at a time: it records itself in the state, and removes the record when it ends. */
import type { Environment } from '../environment.ts';
import { type ProcessRef, sameProcess } from '../model/process-ref.ts';
import type { State } from '../model/state.ts';
import { isMonitored } from '../monitored.ts';
import type { Refusal } from '../refusal.ts';

export interface ClaimMonitorCommand {
  readonly kind: 'claim-monitor';
  readonly monitor: ProcessRef;
}

export interface LeaveMonitorCommand {
  readonly kind: 'leave-monitor';
  readonly monitor: ProcessRef;
}

export function claimMonitor(
  state: State,
  env: Environment,
  { monitor }: ClaimMonitorCommand,
): { readonly state: State } | { readonly refusal: Refusal } {
  if (sameProcess(state.monitor, monitor)) return { state };
  if (state.monitor !== null && isMonitored(state, env))
    return { refusal: { code: 'monitor-running', monitor: state.monitor } };
  return { state: { ...state, monitor } };
}

export const leaveMonitor = (state: State, { monitor }: LeaveMonitorCommand): State =>
  sameProcess(state.monitor, monitor) ? { ...state, monitor: null } : state;
