import type { Styles } from '../context.ts';

/** The lines of a table: a head and the rows, each column as wide as its widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], styles: Styles): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd((widths[column] as number) + 2))
      .join('')
      .trimEnd();
  return [styles.bold(line(head)), ...rows.map(line)];
}
