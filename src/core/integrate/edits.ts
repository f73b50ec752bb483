/** Edits of a text by position. Text outside the edits stays byte for byte. */
import { childrenOf, type JsonNode, type TextRange } from './json-node.ts';

export interface Edit extends TextRange {
  readonly text: string;
}

/** Applies all edits, which must not overlap. */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = text;
  for (const { start, end, text: added } of [...edits].sort((a, b) => b.start - a.start))
    result = result.slice(0, start) + added + result.slice(end);
  return result;
}

/**
 * Removes children of a container with one comma each. After a child that stays, the comma before the removed one goes, so
 * that removing what `appended` added restores the original text.
 */
export function removals(container: JsonNode, gone: ReadonlySet<TextRange>): Edit[] {
  const children = childrenOf(container);
  const firstKept = children.findIndex((child) => !gone.has(child));
  if (firstKept < 0) return [{ start: container.start + 1, end: container.end - 1, text: '' }];
  return children.flatMap((child, at) => {
    if (!gone.has(child)) return [];
    const [before, after] = [children[at - 1], children[at + 1]];
    if (at > firstKept) return [{ start: before?.end ?? child.start, end: child.end, text: '' }];
    return [{ start: child.start, end: after?.start ?? child.end, text: '' }];
  });
}
