import type { Instant } from './model/instants.ts';
import type { ProcessRef } from './model/process-ref.ts';
import { processKey } from './model/process-ref.ts';
import type { Settings } from './settings/settings.ts';

/** All that a decision may know besides the state: values, taken before the lock. */
export interface Environment {
  readonly now: Instant;
  readonly settings: Settings;
  /** `processKey` of every process that was proved dead. Whoever is not in it is alive: doubt never reclaims. */
  readonly dead: ReadonlySet<string>;
  /** Memory that is to be had now, in bytes; null where it cannot be told, and then nobody is kept waiting for it. */
  readonly memoryAvailableBytes: number | null;
}

export const isDead = (env: Environment, ref: ProcessRef): boolean =>
  env.dead.size > 0 && env.dead.has(processKey(ref));

export const isPresent = (env: Environment, ref: ProcessRef | null): boolean => ref !== null && !isDead(env, ref);
