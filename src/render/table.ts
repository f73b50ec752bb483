import type { Styles } from '../context.ts';

/** Columns side by side, each as wide as its widest cell; the last one is cut to the width there is. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  styles: Styles,
  width: number,
): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const last = head.length - 1;
  const room = Math.max(12, width - widths.slice(0, last).reduce((sum, column) => sum + column + 2, 0));
  const cut = (text: string): string => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === last ? cut(cell) : cell.padEnd((widths[column] as number) + 2))).join('');
  return [styles.bold(line(head)), ...rows.map(line)].join('\n');
}
