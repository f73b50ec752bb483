/**
 * HTML templates that escape every value that is not markup already. Templates quote attribute values, so the same
 * escaping works there.
 */

/** HTML that needs no escaping. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Piece = Markup | string | number | null | readonly Piece[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as HTML shows it, in an element or in a quoted attribute. Control characters, which HTML forbids, become �. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (found) => ENTITIES[found] as string).replace(/[^\P{Cc}\t\n]/gu, '�');

function markupText(piece: Piece): string {
  if (piece === null) return '';
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'object') return piece.map(markupText).join('');
  return escaped(String(piece));
}

/** A template with escaped pieces; null is empty, lists are joined. */
export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup =>
  new Markup(
    strings.map((string, at) => `${string}${at < pieces.length ? markupText(pieces[at] as Piece) : ''}`).join(''),
  );

/** A value as JSON in which an HTML parser finds no end tag and no comment. */
export const dataMarkup = (value: unknown): Markup =>
  new Markup(
    JSON.stringify(value).replace(
      /[<>&\u2028\u2029]/g,
      (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
