/**
 * Line ends and byte-order mark of a text. The document works on line feeds alone; a rewrite gives the text its form
 * back, so that an editor on Windows finds its file as it left it.
 */
export interface FileForm {
  readonly hasMark: boolean;
  readonly isCrlf: boolean;
}

const MARK = '\ufeff';
const PLAIN: FileForm = { hasMark: false, isCrlf: false };

/** The form of the text, and the text with line feeds alone and no mark. Mixed line ends count as what most lines have. */
export function formOf(text: string): { readonly form: FileForm; readonly plain: string } {
  const hasMark = text.startsWith(MARK);
  if (!hasMark && !text.includes('\r\n')) return { form: PLAIN, plain: text };
  const lines = text.split('\n');
  const ended = lines.slice(0, -1).filter((line) => line.endsWith('\r')).length;
  const isCrlf = ended * 2 > lines.length - 1;
  return { form: { hasMark, isCrlf }, plain: text.slice(hasMark ? 1 : 0).replaceAll('\r\n', '\n') };
}

/** The text, which has line feeds alone and no mark, in this form. */
export const inForm = (plain: string, { hasMark, isCrlf }: FileForm): string =>
  `${hasMark ? MARK : ''}${isCrlf ? plain.replaceAll('\n', '\r\n') : plain}`;
