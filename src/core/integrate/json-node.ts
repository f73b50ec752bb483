/** A JSON text as a tree with the position of every node, so that the text itself can be edited. */

/** Offsets of the first character and of the one after the last. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

export interface JsonMember extends TextRange {
  readonly key: string;
  readonly keyEnd: number;
  readonly value: JsonNode;
}

export interface JsonNode extends TextRange {
  readonly kind: 'object' | 'array' | 'scalar';
  /** Of an object; empty for others. */
  readonly members: readonly JsonMember[];
  /** Of an array; empty for others. */
  readonly elements: readonly JsonNode[];
  /** Of a scalar; null for others. */
  readonly value: string | number | boolean | null;
}

/** Reads a JSON text; throws if it is not valid or has a fault (faults.ts). */
export type ReadJson = (text: string) => JsonNode;

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export const memberOf = (node: JsonNode | null | undefined, key: string): JsonNode | undefined =>
  node?.members.find((member) => member.key === key)?.value;

export const childrenOf = (node: JsonNode): readonly TextRange[] =>
  node.kind === 'array' ? node.elements : node.members;

/** The value of a string node, else null. */
export const stringOf = (node: JsonNode | undefined): string | null =>
  node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : null;

/** Whether the node has this value; the order of keys does not matter. */
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
