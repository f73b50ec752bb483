import { effectiveMaxSlots, offeredSlots, type State, usedSlots } from '../model/state.ts';

export interface SetMaxCommand {
  readonly kind: 'set-max';
  /** 0 pauses the pool: requests queue, none is granted. */
  readonly slots: number;
}

/** Sets the size of the pool. A size below the slots in use takes effect as leases end; no lease is ended. */
export function setMax(state: State, slots: number): State {
  const effective = state.vmState.effectiveMaxSlots;
  const reduced = effective !== null && effective < state.maxSlots;
  const effectiveMaxSlots = effective === null ? null : reduced ? Math.min(effective, slots) : slots;
  if (slots === state.maxSlots && effectiveMaxSlots === effective) return state;
  return { ...state, maxSlots: slots, vmState: { ...state.vmState, effectiveMaxSlots } };
}

/** Slots that can be granted after a change of the pool's size and could not before; 0 or more. */
export const madeAvailable = (before: State, after: State): number =>
  Math.max(0, effectiveMaxSlots(after) - Math.max(effectiveMaxSlots(before), usedSlots(before) + offeredSlots(before)));
