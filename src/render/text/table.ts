import type { Styles } from '../../ports/styles.ts';

/** The lines of a table: a head and the rows, each column as wide as its widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], styles: Styles): string[] {
  const widths = widthsOf(head, rows);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd((widths[column] as number) + GAP))
      .join('')
      .trimEnd();
  return [styles.bold(line(head)), ...rows.map(line)];
}

const GAP = 2;

const widthsOf = (head: readonly string[], rows: readonly (readonly string[])[]): number[] =>
  head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));

/** The table in `width` columns: columns titled in `spare` are dropped, in that order, until it fits. */
export function fittingTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  styles: Styles,
  width: number,
  spare: readonly string[],
): string[] {
  const widths = widthsOf(head, rows);
  const left = new Set(head.keys());
  const needed = (): number => [...left].reduce((sum, column) => sum + (widths[column] as number) + GAP, -GAP);
  for (const title of spare) if (needed() > width) left.delete(head.indexOf(title));
  const cut = (cells: readonly string[]): string[] => [...left].map((column) => cells[column] as string);
  return table(cut(head), rows.map(cut), styles);
}
