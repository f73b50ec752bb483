/** Foreign texts as they may be shown: nothing in them can act on a terminal, or hide or reorder what stands there. */

const PLAIN = /^[\t\n -~]*$/;
/** Control characters but tab and line feed, marks of direction, separators of lines, and characters that cannot be seen. */
const ACTING = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}]/gu;

const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');

/**
 * The text with each acting character written out, as in `\u001b`. Line feeds and tabs stay. In a JSON text the form is
 * JSON's own, so its value stays the same.
 */
export const shown = (text: string): string => (PLAIN.test(text) ? text : text.replace(ACTING, escaped));
