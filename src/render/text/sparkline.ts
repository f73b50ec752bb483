/** Plots and bars as text. */
const BARS = '▁▂▃▄▅▆▇█';
const PLAIN = '_.-=+*#@';

/** One character per value, scaled from 0 to `most`; a space for an unknown value. */
export function sparkline(values: readonly (number | null)[], most: number, isPlain: boolean): string {
  const marks = isPlain ? PLAIN : BARS;
  return values
    .map((value) => {
      if (value === null) return ' ';
      const part = most <= 0 ? 0 : Math.min(1, Math.max(0, value / most));
      return marks[Math.min(marks.length - 1, Math.round(part * (marks.length - 1)))] as string;
    })
    .join('');
}

/** A bar of `part` of `width` characters. */
export function solidBar(part: number, width: number, isPlain: boolean): string {
  const full = Math.round(Math.min(1, Math.max(0, part)) * width);
  return `${(isPlain ? '#' : '█').repeat(full)}${(isPlain ? '.' : '░').repeat(width - full)}`;
}
