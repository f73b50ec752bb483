/** Layout of a JSON text, and new values in the same layout. */
import { childrenOf, type Json, type JsonNode } from './json-node.ts';

export interface Layout {
  readonly eol: string;
  /** One step of indentation. */
  readonly unit: string;
  /** The whole text is one line. */
  readonly isOneLine: boolean;
  /** Separator between a key and its value. */
  readonly colon: string;
  /** Separator between two values in one line. */
  readonly comma: string;
}

const DEFAULT_UNIT = '  ';

/** White space directly before a position. */
export function gapBefore(text: string, at: number): string {
  let start = at;
  while (start > 0 && /[ \t\r\n]/.test(text[start - 1] as string)) start--;
  return text.slice(start, at);
}

/** Indentation after the last line end of a gap; null without a line end. */
export function indentOf(gap: string): string | null {
  const at = gap.lastIndexOf('\n');
  return at < 0 ? null : gap.slice(at + 1);
}

/** White space at the beginning of the line of a position. */
export const lineIndent = (text: string, at: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at))?.[0] ?? '';

export function layoutOf(text: string, root: JsonNode): Layout {
  const [first, second] = root.members;
  const eol = /\r?\n/.exec(text)?.[0] ?? '\n';
  const colon = first === undefined ? ': ' : text.slice(first.keyEnd, first.value.start);
  const isOneLine = first !== undefined && !text.slice(root.start, root.end).includes('\n');
  const indent = first === undefined ? null : indentOf(gapBefore(text, first.start));
  const outer = lineIndent(text, root.start);
  const comma = second === undefined ? (/\s/.test(colon) ? ', ' : ',') : text.slice(first?.value.end, second.start);
  return {
    eol,
    unit: indent === null ? DEFAULT_UNIT : indent.startsWith(outer) ? indent.slice(outer.length) : indent,
    isOneLine,
    colon: colon.includes('\n') ? ': ' : colon,
    comma: comma.includes('\n') ? ', ' : comma,
  };
}

/** A value as text. All lines but the first are indented by at least `indent`. */
export function written(value: Json, layout: Layout, indent: string, isOneLine: boolean): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const isList = Array.isArray(value);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  const inner = indent + layout.unit;
  const parts = isList
    ? value.map((element) => written(element, layout, inner, isOneLine))
    : Object.entries(value).map(([key, element]) => memberText(key, element, layout, inner, isOneLine));
  if (parts.length === 0) return `${open}${close}`;
  if (isOneLine) return `${open}${parts.join(layout.comma)}${close}`;
  return `${open}${layout.eol}${inner}${parts.join(`,${layout.eol}${inner}`)}${layout.eol}${indent}${close}`;
}

const memberText = (key: string, value: Json, layout: Layout, indent: string, isOneLine: boolean): string =>
  `${JSON.stringify(key)}${layout.colon}${written(value, layout, indent, isOneLine)}`;

/** Edit that appends children to a container, laid out like its last one. Children of an array have the key null. */
export function appended(
  text: string,
  container: JsonNode,
  items: readonly (readonly [key: string | null, value: Json])[],
  layout: Layout,
): { readonly start: number; readonly end: number; readonly text: string } {
  const texts = (indent: string, isOneLine: boolean): string[] =>
    items.map(([key, value]) =>
      key === null ? written(value, layout, indent, isOneLine) : memberText(key, value, layout, indent, isOneLine),
    );
  const children = childrenOf(container);
  const last = children.at(-1);
  if (last === undefined) {
    const inside = { start: container.start + 1, end: container.end - 1 };
    if (layout.isOneLine) return { ...inside, text: texts('', true).join(layout.comma) };
    const outer = lineIndent(text, container.start);
    const inner = outer + layout.unit;
    const lines = texts(inner, false).join(`,${layout.eol}${inner}`);
    return { ...inside, text: `${layout.eol}${inner}${lines}${layout.eol}${outer}` };
  }
  const gap = gapBefore(text, last.start);
  const indent = indentOf(gap);
  const between = indent !== null ? `,${layout.eol}${indent}` : children.length > 1 ? `,${gap}` : layout.comma;
  return {
    start: last.end,
    end: last.end,
    text: texts(indent ?? '', indent === null)
      .map((item) => between + item)
      .join(''),
  };
}
