import type { Styles } from '../../ports/styles.ts';

const same = (text: string): string => text;

export const plainStyles = (emoji: boolean): Styles => ({
  emoji,
  bold: same,
  dim: same,
  good: same,
  warn: same,
  bad: same,
});

/** The emoji and a space, or the plain word in its place, which may be empty. */
export const mark = (styles: Styles, emoji: string, word: string): string =>
  styles.emoji ? `${emoji} ` : word === '' ? '' : `${word} `;
