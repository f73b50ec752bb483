/**
 * Reads and edits through the `yaml` package, for files in any layout: slower, exact, and with line and column of errors.
 * It is loaded only when needed.
 */
import type { Document, Node, YAMLMap } from 'yaml';
import type { Path } from '../../core/shape.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import type { Scalar } from './splice.ts';

const load = () => import('yaml');
type Yaml = Awaited<ReturnType<typeof load>>;

const MAX_ALIASES = 100;
/** Deeper text is refused before the library, which recurses once for each level, runs out of stack. */
const MAX_DEPTH = 100;
/** No text in a layout of one's own is longer; the library takes seconds for more. */
const MOST_LENGTH = 8 << 20;

export const damaged = (path: string, where: string, what: string, cause?: unknown): ExpectedError =>
  new ExpectedError('bad-file', `${path}${where}: ${what}`, {
    hint: 'correct it there; the file was not changed',
    exit: EXIT.badFile,
    cause,
  });

/** The first of a map's keys that stands there before. The library's own check compares each key with all others. */
function repeatedIn({ isScalar }: Yaml, { items }: YAMLMap): Node | null {
  const seen = new Set<unknown>();
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value)) return key;
    seen.add(key.value);
  }
  return null;
}

/** Finds what the library accepts and no reader can use: a key `__proto__` or twice, and an alias without its anchor. */
function problemIn(
  yaml: Yaml,
  document: Document,
  of: 'whole' | 'part',
): { readonly what: string; readonly at: Node } | null {
  const anchors = new Set<string>();
  const { visit, isScalar } = yaml;
  let found: { what: string; at: Node } | null = null;
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && key.value === '__proto__') found = { what: 'a key may not be called __proto__', at: key };
    },
    Node(_, node) {
      if ('anchor' in node && node.anchor) anchors.add(node.anchor);
      const at = yaml.isMap(node) ? repeatedIn(yaml, node) : null;
      if (at !== null) found = { what: 'map keys must be unique', at };
    },
    Alias(_, node) {
      if (of === 'whole' && !anchors.has(node.source)) found = { what: `no anchor is named ${node.source}`, at: node };
    },
  });
  return found;
}

/** Offset of the first value below MAX_DEPTH levels, or null. */
function tooDeepAt({ Lexer, Parser }: Yaml, text: string): number | null {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    // The parser keeps its open collections, and two entries more, on its stack.
    parser.next(lexeme).next();
    if (parser.stack.length > MAX_DEPTH + 2) return parser.offset - lexeme.length;
  }
  return null;
}

function placeIn(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `, line ${before.length}, column ${(before.at(-1) as string).length + 1}`;
}

/** Throws for a text that is not worth the library's time. */
function refuseHopeless(path: string, text: string): void {
  const nul = text.indexOf('\0');
  if (nul >= 0) throw damaged(path, placeIn(text, nul), 'it has a NUL, which no YAML has');
  if (text.length > MOST_LENGTH)
    throw damaged(path, ', line 1, column 1', 'it has more than 8 MiB in another layout than this program writes');
}

/**
 * The document in `text`, with its positions. Throws ExpectedError 65 with line and column. The aliases of a `part` may have
 * their anchors elsewhere.
 */
function open(yaml: Yaml, path: string, text: string, of: 'whole' | 'part' = 'whole') {
  refuseHopeless(path, text);
  const lines = new yaml.LineCounter();
  const deep = tooDeepAt(yaml, text);
  if (deep !== null) {
    throw damaged(path, placeIn(text, deep), `it is nested deeper than ${MAX_DEPTH} levels`);
  }
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const where = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `, line ${line}, column ${col}`;
  };
  const error = document.errors[0];
  if (error) throw damaged(path, where(error.pos[0]), firstSentence(error.message), error);
  const problem = problemIn(yaml, document, of);
  if (problem) throw damaged(path, where(problem.at.range?.[0] ?? 0), problem.what);
  return { document, where };
}

const PLAIN_WORDS: readonly (readonly [RegExp, string])[] = [
  [/multiple documents/i, 'the file holds more than one document'],
  [/alias count/i, 'too many aliases'],
];

const firstSentence = (message: string): string => {
  const known = PLAIN_WORDS.find(([pattern]) => pattern.test(message));
  if (known) return known[1];
  const text = (message.split('\n')[0] ?? message).replace(/[.:]$/, '');
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
};

/** Reads the mapping in `text`; throws ExpectedError with line and column if it is damaged. */
export async function readYaml(path: string, text: string): Promise<Record<string, unknown>> {
  const yaml = await load();
  const { document } = open(yaml, path, text);
  if (!yaml.isMap(document.contents)) {
    throw damaged(
      path,
      ', line 1, column 1',
      `expected a map of keys, got ${document.contents === null ? 'nothing' : 'something else'}`,
    );
  }
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as Record<string, unknown>;
  } catch (error) {
    throw damaged(path, '', error instanceof Error ? firstSentence(error.message) : String(error), error);
  }
}

/** `, line 3, column 7` of the value at `at`, or of its nearest existing parent. */
export async function locate(path: string, text: string, at: Path): Promise<string> {
  const yaml = await load();
  const { document, where } = open(yaml, path, text);
  for (let depth = at.length; depth > 0; depth -= 1) {
    const node = document.getIn(at.slice(0, depth), true);
    if (yaml.isNode(node) && node.range) return where(node.range[0]);
  }
  return ', line 1, column 1';
}

/** Rewrites the document so that its top level can be cut into sections: a block map. */
export async function normalLayout(path: string, text: string): Promise<string> {
  const yaml = await load();
  const { document } = open(yaml, path, text);
  if (yaml.isMap(document.contents)) {
    document.contents.flow = false;
    for (const pair of document.contents.items) {
      // Sections are cut at the key's line, so the key must be a plain word and its comment must be above it.
      if (yaml.isScalar(pair.key)) pair.key.type = 'PLAIN';
    }
  }
  return document.toString({ lineWidth: 0, directives: false });
}

export interface ListComments {
  /** Comments before the first item. */
  readonly head: readonly string[];
  /** Comments of each item. */
  readonly items: readonly (readonly string[])[];
  /** Comments after the last item. */
  readonly tail: readonly string[];
}

const commentLines = (...comments: (string | null | undefined)[]): string[] =>
  comments.flatMap((comment) => (comment ? comment.split('\n').map((line) => `#${line}`) : []));

/** Reads the comments of a list section in any layout; none if another section has the list. */
export async function readListComments(path: string, key: string, text: string): Promise<ListComments> {
  const yaml = await load();
  const { document } = open(yaml, path, text, 'part');
  const list = document.get(key, true);
  if (!yaml.isNode(list)) return { head: [], items: [], tail: [] };

  const commentsIn = (node: unknown): string[] => {
    const found: string[] = [];
    yaml.visit(node as Node, {
      Node(_, inner) {
        found.push(...commentLines(inner.commentBefore, inner.comment));
      },
    });
    return found;
  };
  const nodes = yaml.isSeq(list) ? list.items : [];
  const items = nodes.map(commentsIn);
  const head = commentLines(document.commentBefore, list.commentBefore);
  return { head, items, tail: commentLines(list.comment, document.comment) };
}

/**
 * Sets these values in a map section; comments and layout survive as far as the library keeps them. Throws ExpectedError 65
 * for a layout that allows no change.
 */
export async function editMap(
  path: string,
  text: string,
  changes: ReadonlyMap<readonly string[], Scalar | object>,
): Promise<string> {
  const yaml = await load();
  const { document } = open(yaml, path, text, 'part');
  for (const [at, value] of changes) document.setIn(at, value);
  return document.toString({ lineWidth: 0 });
}
