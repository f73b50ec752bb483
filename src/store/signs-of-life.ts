/** Signs of life across pid namespaces: the beats that a command writes, and the processes that missed theirs. */
import type { Environment } from '../core/environment.ts';
import { isDead } from '../core/environment.ts';
import { beatName, FIRST_PID_NAMESPACE } from '../core/model/beat.ts';
import { isElsewhere, type ProcessRef, processKey } from '../core/model/process-ref.ts';
import type { State } from '../core/model/state.ts';
import { processesIn } from '../core/named-processes.ts';
import type { Command } from '../core/transition.ts';
import type { Beats } from '../files/beats.ts';

/** True for a process that the machine's own commands and monitor may not see. */
export const needsBeats = ({ ns }: ProcessRef): boolean => ns !== null && ns !== FIRST_PID_NAMESPACE;

/**
 * Keys of the processes of the state that count as dead by their silence: those of other pid namespaces, and wherever it
 * runs, the monitor, which may be stopped.
 */
export function silentIn(state: State, self: ProcessRef, beats: Beats): readonly string[] {
  const refs = processesIn(state).filter((ref) => ref === state.monitor || isElsewhere(ref, self));
  return refs.filter((ref) => beats.isMissed(ref)).map(processKey);
}

/** Beats for the live processes of the state in this pid namespace, if others may not see them; a command is a witness. */
export function witness(state: State, environment: Environment, self: ProcessRef, beats: Beats): void {
  if (!needsBeats(self)) return;
  const refs = processesIn(state);
  for (const ref of refs)
    if (ref.ns === self.ns && ref !== state.monitor && !isDead(environment, ref))
      beats.write(ref, Math.ceil(environment.settings.leaseTtlMs / 3));
}

/** Removes beats of processes that the state does not name any more. */
export function sweepBeats(state: State, commands: readonly Command[], self: ProcessRef, beats: Beats): void {
  if (!needsBeats(self) && !commands.some(({ kind }) => kind === 'claim-monitor')) return;
  const named = new Set(processesIn(state).map(beatName));
  beats.sweep((name) => named.has(name));
}
