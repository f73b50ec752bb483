/** The ports to figures of the machine. */
import type { CrossCheck, MachineFacts } from '../core/doctor/facts.ts';
import type { MachineSample, MemoryReading } from '../core/health/sample.ts';

/** What a platform can tell about the state of the machine. A probe that fails is in `failures`, nothing throws. */
export interface HealthProbe {
  /** One sample. Figures that are differences are taken since the sample before. */
  sample(): Promise<MachineSample>;
}

/** Memory alone, for those who only decide about a grant; null where it cannot be told cheaply. */
export type MemoryProbe = () => MemoryReading | null;

export type OpenHealth = { openHealth(): Promise<HealthProbe> };

/** What `doctor` asks of the machine. */
export interface MachineCheck {
  facts(): Promise<MachineFacts>;
  crossCheck(): Promise<CrossCheck>;
}
