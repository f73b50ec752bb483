/** Parses the input of a terminal into keys: `a`, `up`, `enter`, `ctrl-c`. An escape sequence may come in two pieces. */

const NAMED: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u001b': 'escape',
  '\u001b[A': 'up',
  '\u001b[B': 'down',
  '\u001b[C': 'right',
  '\u001b[D': 'left',
  '\u001b[H': 'home',
  '\u001b[F': 'end',
  '\u001bOA': 'up',
  '\u001bOB': 'down',
  '\u001bOC': 'right',
  '\u001bOD': 'left',
  '\u001bOH': 'home',
  '\u001bOF': 'end',
  '\u001b[1~': 'home',
  '\u001b[4~': 'end',
  '\u001b[5~': 'pageup',
  '\u001b[6~': 'pagedown',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals send these.
const TOKEN = /\u001b(?:\[[\d;?]*[ -/]*[@-~]|O[@-~]|(?![[O]))|[\s\S]/uy;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const UNFINISHED = /^\u001b(?:\[[\d;?]*[ -/]*|O)?$/;

/**
 * The keys in the typed text, and the beginning of an incomplete sequence. With `isFinal` no more input follows, and a
 * lone escape is the escape key.
 */
export function decodeKeys(text: string, isFinal: boolean) {
  const keys: string[] = [];
  for (let at = 0; at < text.length; ) {
    const left = text.slice(at);
    if (!isFinal && UNFINISHED.test(left)) return { keys, rest: left };
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0] ?? (text[at] as string);
    at += token.length;
    keys.push(nameOf(token));
  }
  return { keys, rest: '' };
}

function nameOf(token: string): string {
  const named = NAMED[token];
  if (named !== undefined) return named;
  const code = token.codePointAt(0) ?? 0;
  if (code > 0 && code < 27) return `ctrl-${String.fromCharCode(96 + code)}`;
  return /^\p{C}/u.test(token) ? 'unknown' : token;
}
