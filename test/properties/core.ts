/**
 * The parts of the core that the properties test, as a value, so that the same properties run against the
 * real core and against mutants.
 */
import { violations } from '../../src/core/invariants.ts';
import { slotAllocation } from '../../src/core/model/state.ts';
import { apportion } from '../../src/core/schedule/apportion.ts';
import { planCycle } from '../../src/core/schedule/cycle.ts';
import { transition } from '../../src/core/transition.ts';

export const realCore = { apportion, planCycle, slotAllocation, transition, violations };
export type Core = typeof realCore;
