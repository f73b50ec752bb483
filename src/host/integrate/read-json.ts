/** Reads a settings file as text and tree. Anything but plain JSON is refused with line and column. */
import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { type Fault, faultOf } from '../../core/integrate/faults.ts';
import type { JsonNode } from '../../core/integrate/json-node.ts';
import { EXIT, ExpectedError } from '../../errors.ts';

const BOM = '\ufeff';

export interface SettingsText {
  /** Byte order mark, or an empty text. */
  readonly mark: string;
  readonly text: string;
}

function refused(path: string, text: string, { at, what }: Fault, cause?: unknown): ExpectedError {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - (before.lastIndexOf('\n') + 1) + 1;
  return new ExpectedError('bad-file', `${path}:${line}:${column}: ${what}`, {
    hint: 'nothing was changed; plain JSON has no comments and no comma before a closing bracket: take them out, or add the hooks by hand (--dry-run with an empty folder as CLAUDE_CONFIG_DIR or CODEX_HOME prints them)',
    exit: EXIT.badFile,
    cause,
  });
}

const WHAT: Readonly<Record<string, string>> = {
  InvalidCommentToken: 'a comment, which plain JSON does not have',
  PropertyNameExpected: 'expected a key (is there a comma too many?)',
  ValueExpected: 'expected a value (is there a comma too many?)',
  ColonExpected: 'expected a colon',
  CommaExpected: 'expected a comma',
  CloseBraceExpected: 'expected a closing brace',
  CloseBracketExpected: 'expected a closing bracket',
  EndOfFileExpected: 'expected the end of the file',
};

function nodeOf(node: Node): JsonNode {
  const span = { start: node.offset, end: node.offset + node.length };
  const children = node.children ?? [];
  const none = { members: [], elements: [], value: null };
  if (node.type === 'array') return { ...span, ...none, kind: 'array', elements: children.map(nodeOf) };
  if (node.type !== 'object') return { ...span, ...none, kind: 'scalar', value: node.value };
  const members = children.map((property) => {
    const [key, value] = property.children as [Node, Node];
    return {
      start: property.offset,
      end: property.offset + property.length,
      key: key.value as string,
      keyEnd: key.offset + key.length,
      value: nodeOf(value),
    };
  });
  return { ...span, ...none, kind: 'object', members };
}

/** Throws ExpectedError 65 for anything but one JSON object, with each key once and hooks of the known shape. */
export function readSettingsText(path: string, text: string): JsonNode {
  try {
    return soundTree(path, text);
  } catch (error) {
    // Code that walks the tree recurses once for each level.
    if (!(error instanceof RangeError)) throw error;
    throw refused(path, text, { at: 0, what: 'it is nested too deep' }, error);
  }
}

function soundTree(path: string, text: string): JsonNode {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors.toSorted((a, b) => a.offset - b.offset);
  if (first !== undefined)
    throw refused(path, text, {
      at: first.offset,
      what: WHAT[printParseErrorCode(first.error)] ?? 'this is not plain JSON',
    });
  try {
    // The parser above accepts white space that JSON does not allow.
    JSON.parse(text);
  } catch (error) {
    throw refused(path, text, { at: 0, what: 'this is not plain JSON' }, error);
  }
  const tree = nodeOf(root as Node);
  const fault = faultOf(tree);
  if (fault !== null) throw refused(path, text, fault);
  return tree;
}

/** Decodes a settings file. Throws ExpectedError 65 if it is not UTF-8. */
export function decoded(path: string, bytes: Buffer): SettingsText {
  try {
    const all = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return all.startsWith(BOM) ? { mark: BOM, text: all.slice(1) } : { mark: '', text: all };
  } catch (error) {
    throw refused(path, '', { at: 0, what: 'this is no text in UTF-8' }, error);
  }
}
