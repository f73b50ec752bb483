/**
 * Reads and edits through the `yaml` package, for files in any layout: slower, exact, and with line and column of errors.
 * It is loaded only when needed.
 */
import { existsSync } from 'node:fs';
import type { Document, Node, Pair } from 'yaml';
import type { Path } from '../../core/shape.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import type { Scalar } from './splice.ts';

const load = () => import('yaml');
type Yaml = Awaited<ReturnType<typeof load>>;

const MAX_ALIASES = 100;

export const damaged = (path: string, where: string, what: string, cause?: unknown): ExpectedError =>
  new ExpectedError('bad-file', `${path}${where}: ${what}`, {
    hint: existsSync(`${path}.bak`)
      ? 'correct it there; the file was not changed, and its last good revision stands beside it with .bak at the end'
      : 'correct it there; the file was not changed',
    exit: EXIT.badFile,
    cause,
  });

/** Finds keys that the library accepts and that would reach an object's prototype. */
function protoKey({ visit, isScalar }: Yaml, document: Document): Pair | null {
  let found: Pair | null = null;
  visit(document, {
    Pair(_, pair) {
      if (isScalar(pair.key) && pair.key.value === '__proto__') found = pair;
    },
  });
  return found;
}

function open(yaml: Yaml, path: string, text: string) {
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const where = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `, line ${line}, column ${col}`;
  };
  const problem = document.errors[0];
  if (problem) throw damaged(path, where(problem.pos[0]), firstSentence(problem.message), problem);
  const proto = protoKey(yaml, document);
  if (proto) throw damaged(path, where((proto.key as Node).range?.[0] ?? 0), 'a key may not be called __proto__');
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

export interface CommentedList {
  /** Comments before the first item. */
  readonly head: readonly string[];
  readonly items: readonly { readonly comments: readonly string[]; readonly value: unknown }[];
  /** Comments after the last item. */
  readonly tail: readonly string[];
}

const commentLines = (...comments: (string | null | undefined)[]): string[] =>
  comments.flatMap((comment) => (comment ? comment.split('\n').map((line) => `#${line}`) : []));

/** Reads a list section in any layout: its values, each with its comments; null if it is not a list. */
export async function readListWithComments(path: string, key: string, text: string): Promise<CommentedList | null> {
  const yaml = await load();
  const { document } = open(yaml, path, text);
  const list = document.get(key, true);
  const isEmpty = yaml.isScalar(list) && list.value === null;
  if (!yaml.isSeq(list) && !isEmpty) return null;

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
  const items = nodes.map((node) => ({
    comments: commentsIn(node),
    value: yaml.isNode(node) ? node.toJS(document, { maxAliasCount: MAX_ALIASES }) : node,
  }));
  const head = commentLines(document.commentBefore, list.commentBefore);
  return { head, items, tail: commentLines(list.comment, document.comment) };
}

/** Sets these values in a map section; comments and layout stay where the library can keep them. */
export async function editMap(
  path: string,
  text: string,
  changes: ReadonlyMap<readonly string[], Scalar | object>,
): Promise<string> {
  const yaml = await load();
  const { document } = open(yaml, path, text);
  for (const [at, value] of changes) document.setIn(at, value);
  return document.toString({ lineWidth: 0 });
}
