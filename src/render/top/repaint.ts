import { columnsOf } from '../text/columns.ts';

/**
 * What to send to a terminal that shows `before` (null: nobody knows) so that it shows `after`: only lines that differ.
 * The rest of a line is cleared only where there is a rest, for a cursor behind the last column stands on it.
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
