/**
 * Cuts the top level of a YAML mapping into one text for each key, so that a rewrite touches only changed lines and a
 * command parses only the keys it reads. It returns null if unsure; the caller uses the document model.
 */
export interface Section {
  /** Null for the comments before the first key. */
  readonly key: string | null;
  /** All lines up to the next key, each with its line feed. */
  readonly text: string;
  /** Line number of its first line, from 1. */
  readonly line: number;
}

const KEY_LINE = /^([A-Za-z_][A-Za-z0-9_-]*):(?: |$)/;
const SPACE = 32;
const HASH = 35;
const DASH = 45;

/** The sections in order; their texts together are the whole text. Null if the cuts are not certain. */
export function splitSections(text: string): Section[] | null {
  if (text.includes('\r') || text.charCodeAt(0) === 0xfeff || (text !== '' && !text.endsWith('\n'))) return null;
  const sections: Section[] = [];
  const keys = new Set<string>();
  let key: string | null = null;
  let start = 0;
  let startLine = 1;
  let line = 1;
  for (let at = 0; at < text.length; line += 1) {
    const end = text.indexOf('\n', at);
    const first = text.charCodeAt(at);
    const isTrivia = end === at || first === HASH;
    const isListItem = first === DASH && (text.charCodeAt(at + 1) === SPACE || end === at + 1);
    const continues =
      isTrivia || ((first === SPACE || isListItem) && (key !== null || text.slice(at, end).trim() === ''));
    if (!continues) {
      const match = KEY_LINE.exec(text.slice(at, end));
      if (!match || keys.has(match[1] as string)) return null;
      if (at > start) sections.push({ key, text: text.slice(start, at), line: startLine });
      key = match[1] as string;
      keys.add(key);
      start = at;
      startLine = line;
    }
    at = end + 1;
  }
  if (text.length > start) sections.push({ key, text: text.slice(start), line: startLine });
  return sections;
}
