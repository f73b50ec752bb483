/** Parses `--since` and `--until`. */
import { parseDuration } from '../core/amounts.ts';
import type { Instant } from '../core/model/instants.ts';
import { usageError } from './values.ts';

/** The instant that a duration back from now (`7d`) or an ISO date names. Throws ExpectedError 64. */
export function instantOf(what: string, text: string, now: Instant): Instant {
  const back = parseDuration(text);
  if (back !== null) return (now - back) as Instant;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw usageError(
      `${what} must be a duration or an instant, got ${JSON.stringify(text.slice(0, 40))}`,
      'write it like 2h, 7d or 2026-11-25T10:00Z',
    );
  return at as Instant;
}
