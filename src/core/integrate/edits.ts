/** Changes of a text by position. What no edit names stays byte for byte. */
import type { JsonNode, Span } from './json-node.ts';
import { childrenOf } from './json-node.ts';

export interface Edit extends Span {
  readonly text: string;
}

/** The text with every edit made; they must not overlap. */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = text;
  for (const { start, end, text: put } of [...edits].sort((a, b) => b.start - a.start))
    result = result.slice(0, start) + put + result.slice(end);
  return result;
}

/**
 * Takes children out of a container with one comma each. Behind a child that stays, it is the comma before that goes, so
 * that taking out what `appended` put in gives back the text from before it.
 */
export function removals(container: JsonNode, gone: ReadonlySet<Span>): Edit[] {
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
