/**
 * Foreign texts on a terminal: their width in columns, and removal of control characters. Characters of uncertain width
 * count as wide, so that no line is too long.
 */

/** Control, format, private and unassigned characters, tabs, line ends and variation selectors. */
const UNSAFE = /\p{C}|\p{Zl}|\p{Zp}|\ufe0e|\ufe0f/gu;
const ZERO = /^\p{M}$/u;
const WIDE =
  /^[\p{Emoji_Presentation}\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{4dbf}\u{4e00}-\u{a4cf}\u{a960}-\u{a97f}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{1b000}-\u{1b2ff}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;
const ASCII = /^[ -~]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours of chalk.
const COLOURS = /\u001b\[[\d;]*m/g;

/** The text without characters that a terminal would interpret. */
export const visible = (text: string): string =>
  ASCII.test(text) ? text : text.replaceAll(/\s/gu, ' ').replace(UNSAFE, '');

const columnsOfCharacter = (character: string): number => (ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1);

/** Width of a text in columns; colours count as 0. */
export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const character of text.replace(COLOURS, '')) columns += columnsOfCharacter(character);
  return columns;
}

/** The text in at most `columns` columns, with `…` at the end if cut; expects a text without colours. */
export function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  if (columns <= 0) return '';
  let kept = '';
  let used = 1;
  for (const character of text) {
    used += columnsOfCharacter(character);
    if (used > columns) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The text in exactly `columns` columns. */
export function padded(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const kept = cut(text, columns);
  const space = ' '.repeat(Math.max(0, columns - columnsOf(kept)));
  return align === 'left' ? `${kept}${space}` : `${space}${kept}`;
}
