/** Durations: words in sentences, the short form in tables. */

import { plural } from './counts.ts';

/** `45 seconds`, `12 minutes`, `2 hours 5 minutes`; rounded to the unit shown. */
export function durationWords(seconds: number): string {
  if (seconds < 90) return plural(Math.round(seconds), 'second');
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return plural(minutes, 'minute');
  const rest = minutes % 60;
  if (minutes >= 48 * 60) return plural(Math.round(minutes / (24 * 60)), 'day');
  const hours = plural(Math.floor(minutes / 60), 'hour');
  return rest === 0 ? hours : `${hours} ${plural(rest, 'minute')}`;
}

/** `45s`, `12m`, `2h05m`, `3d4h`. */
export function shortDuration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}h${String(minutes % 60).padStart(2, '0')}m`;
  return `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** `3m26s`, `45s`, `1h2m5s`; rounded to seconds, parts that are 0 are left out. */
export function exactDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const;
  return parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('') || '0s';
}
