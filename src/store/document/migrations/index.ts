/**
 * Converts older formats to the present one: a file for each step, applied in order. A migration changes only values;
 * the writer then puts them into the person's text.
 */
import type { RawMap } from '../../../core/shape.ts';
import { addVersion } from './0001-version.ts';

/** `migrations[n]` brings a file of version n to version n + 1. */
const MIGRATIONS: readonly ((values: RawMap) => RawMap)[] = [addVersion];

export function migrate(values: RawMap, from: number): RawMap {
  return MIGRATIONS.slice(from).reduce((older, step) => step(older), values);
}
