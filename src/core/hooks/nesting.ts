/** Follows a JSON text that comes in parts, so that its end is seen in one pass, however many parts there are. */

/** Where a part of the text ends: depth of brackets, and whether that is inside a string, or after its backslash. */
export interface Nesting {
  readonly depth: number;
  readonly isInString: boolean;
  readonly isEscaped: boolean;
}

/** Before the first bracket. */
export const OUTSIDE: Nesting = { depth: 0, isInString: false, isEscaped: false };
/** After the last bracket of the outermost value. */
export const WHOLE: Nesting = { ...OUTSIDE };

const QUOTE = 34;
const BACKSLASH = 92;
const OPENING = [91, 123];
const CLOSING = [93, 125];

/** The nesting after the next part of a text, as bytes; WHOLE once the outermost value ends. */
export function nesting(part: Uint8Array, before: Nesting): Nesting {
  let { depth, isInString, isEscaped } = before;
  for (const byte of part) {
    if (isEscaped) isEscaped = false;
    else if (isInString) {
      if (byte === QUOTE) isInString = false;
      else if (byte === BACKSLASH) isEscaped = true;
    } else if (byte === QUOTE) isInString = true;
    else if (byte === OPENING[0] || byte === OPENING[1]) depth += 1;
    else if (byte === CLOSING[0] || byte === CLOSING[1]) {
      depth -= 1;
      if (depth <= 0) return WHOLE;
    }
  }
  return { depth, isInString, isEscaped };
}
