/**
 * Older formats brought up to the present one, a file each, applied in order. A migration changes values only; the
 * writer then puts what changed into the person's text.
 */
import type { RawMap } from '../../../core/shape.ts';
import { addVersion } from './0001-version.ts';

/** `migrations[n]` brings a file of version n to version n + 1. */
const MIGRATIONS: readonly ((values: RawMap) => RawMap)[] = [addVersion];

export function migrate(values: RawMap, from: number): RawMap {
  return MIGRATIONS.slice(from).reduce((older, step) => step(older), values);
}
