import type { State } from '../model/state.ts';

export interface SetMaxCommand {
  readonly kind: 'set-max';
  /** 0 pauses: nothing new is granted, requests queue. */
  readonly slots: number;
}

/** Another size of the pool. Below what is in use it takes effect as leases end; nothing is taken away. */
export function setMax(state: State, slots: number): State {
  const effective = state.vmState.effectiveMaxSlots;
  const reduced = effective !== null && effective < state.maxSlots;
  const effectiveMaxSlots = effective === null ? null : reduced ? Math.min(effective, slots) : slots;
  if (slots === state.maxSlots && effectiveMaxSlots === effective) return state;
  return { ...state, maxSlots: slots, vmState: { ...state.vmState, effectiveMaxSlots } };
}
