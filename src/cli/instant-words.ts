/** Parses `--since` and `--until`. Every printed time is in UTC, so a typed one without a zone is in UTC too. */
import { parseDuration } from '../core/amounts.ts';
import { DAY_MS, type Instant, WEEK_MS } from '../core/model/instants.ts';
import type { OptionSpec } from './command.ts';
import type { Invocation } from './invocation.ts';
import { quoted, usageError } from './values.ts';

const INSTANT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?) ?(Z|UTC|[+-]\d\d:?\d\d)?)?(?<!T)$/i;

/** Milliseconds of an instant like `2026-11-25 10:00` or `2026-11-25T10:00:00+01:00`; null for another text. */
function parseInstant(text: string): number | null {
  const [, day, clock = '00:00', zone = 'Z'] = INSTANT.exec(text) ?? [];
  if (day === undefined) return null;
  // Date.parse reads February 31 as March 3.
  const midnight = Date.parse(`${day}T00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return null;
  const offset = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(-2)}` : 'Z';
  const at = Date.parse(`${day}T${clock.replace(',', '.')}${offset}`);
  return Number.isNaN(at) ? null : at;
}

function namedInstant(text: string, now: Instant): number | null {
  const today = now - (now % DAY_MS);
  switch (text.toLowerCase()) {
    case 'now':
      return now;
    case 'today':
      return today;
    case 'yesterday':
      return today - DAY_MS;
    default:
      return null;
  }
}

/**
 * The instant that a text names: a duration back from now (`7d`), a date with or without a time (in UTC unless it names
 * another offset), `now`, or the begin of the UTC day as `today` or `yesterday`. Throws ExpectedError 64.
 */
export function instantOf(what: string, text: string, now: Instant): Instant {
  const back = parseDuration(text);
  if (back !== null) return (now - back) as Instant;
  const at = namedInstant(text, now) ?? parseInstant(text);
  if (at === null)
    throw usageError(
      `${what} must be a duration or an instant, got ${quoted(text)}`,
      "write it like 2h, 7d, yesterday or '2026-11-25 10:00' (UTC)",
    );
  return at as Instant;
}

/** The option `--since` of a command that looks back as long as `usual` without it. */
export const sinceOption = (usual: '7d' | '24h'): OptionSpec => ({
  name: 'since',
  value: 'WHEN',
  help: 'begin: a time back from now, today, yesterday, or an instant in UTC',
  default: usual,
});

/** The instant of `--since`, by default a week ago. Throws ExpectedError 64 for one that is not in the past. */
export function sinceIn(invocation: Invocation, now: Instant, usualMs = WEEK_MS): Instant {
  const since = invocation.option('since', (text) => instantOf('--since', text, now)) ?? ((now - usualMs) as Instant);
  if (since >= now) throw usageError('--since must be in the past', 'a duration counts back from now, like 2h or 7d');
  return since;
}
