import type { Instant } from '../../core/model/instants.ts';

export const HISTORY_FOLDER = 'history';
/** Size of a part, so that the limit removes part of a day, not a whole day. */
export const PART_BYTES = 16 * 2 ** 20;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/**
 * Decides which days are older than `keepMs`. Where all days before today are, the clock may be wrong, and none is too old.
 */
export function ageLimit(files: readonly { readonly day: string }[], now: Instant, keepMs: number) {
  const [oldest, today] = [dayOf(now - keepMs), dayOf(now)];
  const isLive = files.some(({ day }) => day < today && day >= oldest);
  return (day: string): boolean => isLive && day < oldest;
}
