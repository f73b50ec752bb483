/** Pieces of man pages, in the man(7) macros that groff and mandoc both know. */
import { wrapped } from './markdown.ts';

/** A text as it is shown: nothing in it is a command of roff, and each character is written in ASCII. */
export const shown = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/[^\x20-\x7e\n]/gu, (char) => `\\[u${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`)
    .replace(/^([.'])/gm, '\\&$1');

/** Running text: options and texts in backquotes are bold. */
export const prose = (text: string): string =>
  wrapped(text, 76)
    .split('\n')
    .map((line) =>
      shown(line)
        .replace(/`([^`]+)`/g, '\\fB$1\\fR')
        .replace(/(?<![\w\\-])((?:\\-){2}[a-z][a-z\\-]*)/g, '\\fB$1\\fR'),
    )
    .join('\n');

const quoted = (title: string): string => (title.includes(' ') ? `"${title}"` : title);

export const heading = (title: string): string => `.SH ${quoted(title)}\n`;
export const subheading = (title: string): string => `.SS ${quoted(title)}\n`;

/** Terms, each with its text indented below it. */
export const terms = (rows: readonly (readonly [term: string, text: string])[]): string =>
  rows.map(([term, text]) => `.TP\n${term}\n${prose(text)}\n`).join('');

export const bold = (text: string): string => `\\fB${shown(text)}\\fR`;
