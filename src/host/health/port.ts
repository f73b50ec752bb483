import type { MemoryReading } from '../../core/health/sample.ts';

/** Memory alone, for those who only decide about a grant; null where it cannot be told cheaply. */
export type MemoryProbe = () => MemoryReading | null;
