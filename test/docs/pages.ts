/**
 * The pages for users and the blocks in them. A comment right above a block says how the block is tested:
 *
 * - `<!-- before: COMMANDS -->` runs commands that the reader does not see; each has to succeed.
 * - `<!-- mask: PATTERN -->` names text that differs from run to run (a regular expression).
 * - `<!-- fails -->` allows commands to fail. Without it a failing command is followed by `$ echo $?`.
 * - `<!-- printed by: COMMAND -->` gives the command of the repository that prints the block.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../helpers/cli.ts';

export interface Block {
  readonly language: string;
  /** True if `by-hand` follows the language: no test can run the block. */
  readonly isByHand: boolean;
  readonly text: string;
  /** Offsets of the text in its page. */
  readonly from: number;
  readonly to: number;
  readonly line: number;
  readonly before: readonly string[];
  readonly masks: readonly RegExp[];
  readonly mayFail: boolean;
  readonly printedBy: string | null;
}

export interface Page {
  /** Path in the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Pages that are made from the code and have their own tests. */
export const GENERATED = new Set(
  ['commands.md', 'configuration.md', 'json.md'].map((name) => `docs/reference/${name}`),
);

const markdownIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
    .sort();

const FENCE = /^```([a-z]+)(?: +(by-hand))?\n([\s\S]*?)^```$/gm;
const COMMENT = /<!-- ([a-z ]+?)(?::\s([\s\S]*?))?\s-->\n$/;

/** The comments right before the end of the text, in order. */
function commentsBefore(text: string): readonly (readonly [name: string, value: string])[] {
  const found: [string, string][] = [];
  let rest = text;
  for (;;) {
    const start = rest.lastIndexOf('<!-- ');
    const match = start < 0 ? null : COMMENT.exec(rest.slice(start));
    if (match === null) return found.reverse();
    found.push([match[1] as string, match[2] ?? '']);
    rest = rest.slice(0, start);
  }
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(FENCE)].map((match) => {
    const [whole, language = '', byHand, body = ''] = match;
    const comments = commentsBefore(text.slice(0, match.index));
    const valuesOf = (name: string): string[] => comments.flatMap(([key, value]) => (key === name ? [value] : []));
    const from = match.index + whole.indexOf('\n') + 1;
    return {
      language,
      isByHand: byHand !== undefined,
      text: body,
      from,
      to: from + body.length,
      line: text.slice(0, match.index).split('\n').length,
      before: valuesOf('before'),
      masks: valuesOf('mask').map((pattern) => new RegExp(pattern, 'g')),
      mayFail: comments.some(([name]) => name === 'fails'),
      printedBy: valuesOf('printed by')[0] ?? null,
    };
  });
}

export function pageOf(path: string): Page {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, text, blocks: blocksOf(text) };
}

/** Pages that people wrote. */
export const PAGES: readonly Page[] = ['README.md', ...markdownIn('docs'), ...markdownIn('docs/reference')]
  .filter((path) => !GENERATED.has(path))
  .map(pageOf);

/** The page with other texts in its blocks. */
export function withTexts({ text, blocks }: Page, texts: readonly string[]): string {
  let at = 0;
  let whole = '';
  for (const [index, { from, to }] of blocks.entries()) {
    whole += text.slice(at, from) + (texts[index] as string);
    at = to;
  }
  return whole + text.slice(at);
}
