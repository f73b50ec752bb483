/** Figures and instants of the page, in text and charts: short, in UTC, the same for every viewer. */

export type Unit = 'count' | 'percent' | 'tokens' | 'dollars' | 'hours' | 'seconds';

/** Three significant digits without an exponent. */
const short = (value: number): string => {
  const digits = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  return Math.abs(digits) < 1e-6 ? '0' : String(digits);
};

function tokens(value: number): string {
  if (value < 1e3) return short(value);
  if (value < 999_500) return `${short(value / 1e3)}k`;
  return value < 999_500_000 ? `${short(value / 1e6)}M` : `${short(value / 1e9)}G`;
}

function dollars(value: number): string {
  if (value === 0 || value >= 1) return `$${value.toFixed(2)}`;
  const [whole = '0', cents = ''] = short(value).split('.');
  return `$${whole}.${cents.padEnd(2, '0')}`;
}

function seconds(value: number): string {
  if (value < 90) return `${short(value)}s`;
  if (value < 90 * 60) return `${short(value / 60)}m`;
  return value < 48 * 3600 ? `${short(value / 3600)}h` : `${short(value / 86_400)}d`;
}

const FORMS: Readonly<Record<Unit, (value: number) => string>> = {
  count: (value) => String(Math.round(value * 10) / 10),
  percent: (value) => `${Math.abs(value) < 10 ? Math.round(value * 10) / 10 : Math.round(value)}%`,
  tokens,
  dollars,
  hours: (value) => `${short(value)}h`,
  seconds,
};

/** The figure with its unit, rounded; `–` for null. */
export const figureText = (unit: Unit, value: number | null): string => (value === null ? '–' : FORMS[unit](value));

/** `2026-11-25 10:15`, in UTC. */
export const stampText = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 56, 182, 364].map((count) => count * DAY),
];

export interface TimeTick {
  readonly at: number;
  readonly label: string;
}

/** Round hours or days between two instants, at most `most`. */
export function timeTicks(since: number, until: number, most: number): TimeTick[] {
  const span = until - since;
  const step = STEPS.find((candidate) => span / candidate <= Math.max(1, most)) ?? Math.ceil(span / most / DAY) * DAY;
  const ticks: TimeTick[] = [];
  for (let at = Math.ceil(since / step) * step; at <= until; at += step) {
    const day = new Date(at);
    const isDay = at % DAY === 0;
    ticks.push({
      at,
      label: isDay ? `${MONTHS[day.getUTCMonth()]} ${day.getUTCDate()}` : day.toISOString().slice(11, 16),
    });
  }
  return ticks;
}
