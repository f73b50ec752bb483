import type { Instant } from './model/instants.ts';
import { type Place, type ProcessRef, processKey } from './model/process-ref.ts';
import type { Settings } from './settings/settings.ts';

/** Facts that a decision may use besides the state: values, taken before the lock. */
export interface Environment {
  readonly now: Instant;
  readonly settings: Settings;
  /** `processKey` of every process that is proved dead. All others count as alive: in doubt, nothing is reclaimed. */
  readonly dead: ReadonlySet<string>;
  /** Boot and pid namespace in which deaths can be proved. */
  readonly here: Place;
  /** Available memory in bytes; null when it is not known, and then no request waits for memory. */
  readonly memoryAvailableBytes: number | null;
  /** Memory that the machine has in all, in bytes; null when it is not known. */
  readonly memoryTotalBytes: number | null;
}

export const isDead = (env: Environment, ref: ProcessRef): boolean =>
  env.dead.size > 0 && env.dead.has(processKey(ref));

export const isPresent = (env: Environment, ref: ProcessRef | null): boolean => ref !== null && !isDead(env, ref);
