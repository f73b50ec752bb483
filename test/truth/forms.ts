/** The printed forms of docs/reference/figures.md, section Forms. Times are in milliseconds, cost in micro-dollars. */

/** Rounds halves up, to `decimals` decimals. */
export const round = (value: number, decimals = 0): number => Math.round(value * 10 ** decimals) / 10 ** decimals;

/** `1 slot`, `2 slots`. */
export const many = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

const days = (minutes: number): string => many(round(minutes / 1440), 'day');

/** `45 seconds`, `12 minutes`, `2 hours 5 minutes`, `3 days`. */
export function inWords(seconds: number): string {
  if (seconds < 90) return many(round(seconds), 'second');
  const minutes = round(seconds / 60);
  if (minutes < 90) return many(minutes, 'minute');
  if (minutes >= 2880) return days(minutes);
  const rest = minutes % 60;
  return many(Math.floor(minutes / 60), 'hour') + (rest === 0 ? '' : ` ${many(rest, 'minute')}`);
}

/** `67s`, `12m`, `2h05m`, `3d4h`. */
export function short(seconds: number): string {
  if (seconds < 90) return `${round(seconds)}s`;
  const minutes = round(seconds / 60);
  if (minutes < 90) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}h${String(minutes % 60).padStart(2, '0')}m`;
  return `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** `450`, `49.55k`, `1.5M`, exact. */
export function tokens(count: number): string {
  if (count < 1000) return String(count);
  return count < 1_000_000 ? `${count / 1000}k` : `${count / 1_000_000}M`;
}

/** `34.3s`, `2h30m`, `0s`, exact. */
export function time(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1000;
  const parts = [hours > 0 ? `${hours}h` : '', minutes > 0 ? `${minutes}m` : '', seconds > 0 ? `${seconds}s` : ''];
  return parts.join('') || '0s';
}

/** `$0.33`, `$0.000125`, exact. */
export function cost(micro: number): string {
  const [dollars = '0', after = ''] = (micro / 1e6).toFixed(6).replace(/0+$/, '').split('.');
  return `$${dollars}.${after.padEnd(2, '0')}`;
}

/** `2026-11-25 10:00:00`. */
export const instant = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

export const iso = (at: number): string => new Date(at).toISOString();

/** `10 slot-hours`: two decimals below 10, else whole. */
export const slotHours = (hours: number): string => `${hours < 10 ? round(hours, 2) : round(hours)} slot-hours`;

/** A share as whole percent: `45%`. */
export const percent = (share: number): string => `${round(100 * share)}%`;

/** Three significant digits; whole from 100 on. */
const three = (value: number): number => (value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

/** The forms of the page. Tokens and slots as they are, cost in dollars, time in seconds, shares in percent. */
export const onPage = {
  count: (value: number): string => String(round(value, 1)),
  percent: (value: number): string => `${value < 10 ? round(value, 1) : round(value)}%`,
  tokens(value: number): string {
    const [unit, size] = (
      [
        ['', 1],
        ['k', 1e3],
        ['M', 1e6],
        ['G', 1e9],
      ] as const
    ).find(([, each]) => three(value / each) < 1000) ?? ['G', 1e9];
    return `${three(value / size)}${unit}`;
  },
  cost(value: number): string {
    if (value === 0 || value >= 1) return `$${(Math.round(value * 100) / 100).toFixed(2)}`;
    const [, decimals = ''] = String(Number(value.toPrecision(3))).split('.');
    return `$0.${decimals.padEnd(2, '0')}`;
  },
  seconds(value: number): string {
    if (value < 90) return `${three(value)}s`;
    if (value / 60 < 90) return `${three(value / 60)}m`;
    return value / 3600 < 48 ? `${three(value / 3600)}h` : `${three(value / 86_400)}d`;
  },
  hours: (value: number): string => `${three(value)}h`,
};
