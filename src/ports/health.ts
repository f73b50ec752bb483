/** The ports to figures of the machine. */
import type { CrossCheck, MachineFacts } from '../core/doctor/facts.ts';
import type { PoolFacts } from '../core/doctor/pool.ts';
import type { MachineSample, MemoryReading } from '../core/health/sample.ts';

/** Measures the machine. A failed probe is listed in `failures`; nothing throws. */
export interface HealthProbe {
  /** One sample. Rates are measured since the previous sample. */
  sample(): Promise<MachineSample>;
}

/** The least memory that any limit leaves, in total and now, for a grant; null where that is not cheap. */
export type MemoryProbe = () => MemoryReading | null;

export type OpenHealth = { openHealth(): Promise<HealthProbe> };

/** The checks of `doctor` on the machine. */
export interface MachineCheck {
  facts(): Promise<MachineFacts>;
  /** Owners and modes of a state that several users share; null for a state of one user. */
  pool(): Promise<PoolFacts | null>;
  crossCheck(): Promise<CrossCheck>;
}
