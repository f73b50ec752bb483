/** Pieces of Markdown pages. */

/** A text that is safe inside a cell of a table. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

export const code = (text: string): string => `\`${text}\``;

/** Begins with a capital letter and ends with a full stop. */
export const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.:]$/.test(text) ? '' : '.'}`;

/** Options in a text as code. */
export const marked = (text: string): string => text.replace(/(?<![\w`-])--[a-z][a-z-]*/g, code);

/** The text in lines of at most `width` characters. */
export function wrapped(text: string, width = 120): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}

/** The anchor of a heading. */
export const anchor = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-');
