import { columnsOf } from '../text/columns.ts';

/**
 * The bytes that change a terminal from `before` (null: unknown) to `after`; only lines that differ are sent. A full line
 * is not cleared to its end, because the cursor would still be on its last column.
 */
export function repaint(before: readonly string[] | null, after: readonly string[], columns: number): string {
  let bytes = before === null ? '\u001b[m\u001b[2J' : '';
  const rows = Math.max(before?.length ?? 0, after.length);
  for (let row = 0; row < rows; row += 1) {
    const line = after[row] ?? '';
    if (line === (before?.[row] ?? '')) continue;
    bytes += `\u001b[${row + 1};1H${line}${columnsOf(line) < columns ? '\u001b[K' : ''}`;
  }
  return bytes;
}
