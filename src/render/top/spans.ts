/** Lines made of pieces that are measured before they are painted, so that no line is too wide. */
import { columnsOf, cut } from '../text/columns.ts';

export type Paint = (text: string) => string;

export interface Span {
  readonly text: string;
  readonly paint?: Paint | undefined;
}

export const span = (text: string, paint?: Paint): Span => ({ text, paint });

/** The pieces joined in at most `columns` columns, without trailing spaces. */
export function painted(spans: readonly Span[], columns: number): string {
  let last = spans.length;
  while (last > 0 && spans[last - 1]?.text.trim() === '') last -= 1;
  let line = '';
  let left = columns;
  for (const [at, { text, paint }] of spans.slice(0, last).entries()) {
    const kept = cut(at === last - 1 ? text.trimEnd() : text, left);
    if (kept === '') continue;
    left -= columnsOf(kept);
    line += paint === undefined ? kept : paint(kept);
  }
  return line;
}

const widthOf = (spans: readonly Span[]): number => spans.reduce((sum, { text }) => sum + columnsOf(text), 0);

/** Groups of pieces side by side, two spaces apart, wrapped into lines. */
export function flowed(groups: readonly (readonly Span[])[], columns: number): string[] {
  const lines: Span[][] = [];
  let line: Span[] = [];
  for (const group of groups) {
    if (line.length > 0 && widthOf(line) + 2 + widthOf(group) > columns) {
      lines.push(line);
      line = [];
    }
    line = line.length === 0 ? [...group] : [...line, span('  '), ...group];
  }
  return (line.length === 0 ? lines : [...lines, line]).map((spans) => painted(spans, columns));
}

/** `[####......]` in `columns` columns. */
export function boxedBar(share: number, columns: number): string {
  const inside = Math.max(0, columns - 2);
  const filled = Math.min(inside, Math.max(0, Math.round(share * inside)));
  return `[${'#'.repeat(filled)}${'.'.repeat(inside - filled)}]`;
}
