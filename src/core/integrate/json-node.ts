/** A JSON text as a tree that knows where everything stands in it, so that the text itself can be edited. */

/** From the first character to behind the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface JsonMember extends Span {
  readonly key: string;
  readonly keyEnd: number;
  readonly value: JsonNode;
}

export interface JsonNode extends Span {
  readonly kind: 'object' | 'array' | 'scalar';
  /** Of an object; empty for others. */
  readonly members: readonly JsonMember[];
  /** Of an array; empty for others. */
  readonly elements: readonly JsonNode[];
  /** Of a scalar; null for others. */
  readonly value: string | number | boolean | null;
}

/** Reads a text that is sound JSON; the reader throws on any other. */
export type ReadJson = (text: string) => JsonNode;

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export const memberOf = (node: JsonNode | null | undefined, key: string): JsonNode | undefined =>
  node?.members.find((member) => member.key === key)?.value;

export const childrenOf = (node: JsonNode): readonly Span[] => (node.kind === 'array' ? node.elements : node.members);

/** The string that stands there, or null. */
export const stringOf = (node: JsonNode | undefined): string | null =>
  node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : null;

/** Whether the same value stands there; the order of keys does not count. */
export function holds(node: JsonNode, value: Json): boolean {
  if (value === null || typeof value !== 'object') return node.kind === 'scalar' && node.value === value;
  if (Array.isArray(value))
    return (
      node.kind === 'array' &&
      node.elements.length === value.length &&
      node.elements.every((element, at) => holds(element, value[at]))
    );
  const entries = Object.entries(value);
  return (
    node.kind === 'object' &&
    node.members.length === entries.length &&
    entries.every(([key, wanted]) => {
      const found = memberOf(node, key);
      return found !== undefined && holds(found, wanted);
    })
  );
}
