/**
 * Changes single values inside a section's text and keeps its comments, order and layout. Null for an unusual layout;
 * the caller then uses the document model.
 */
export type Scalar = string | number | boolean | null;

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const RESERVED = new Set('null true false y n yes no on off'.split(' '));
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export const keyText = (key: string): string =>
  PLAIN_KEY.test(key) && !RESERVED.has(key.toLowerCase()) ? key : JSON.stringify(key);

export function scalarText(value: Scalar): string {
  if (typeof value !== 'string') return String(value);
  return (PLAIN_KEY.test(value) && !RESERVED.has(value.toLowerCase())) || INSTANT.test(value)
    ? value
    : JSON.stringify(value);
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** `key: old  # note` → `key: new  # note`, for a section with one scalar. */
export function spliceScalar(text: string, key: string, value: Scalar): string | null {
  const match = new RegExp(`^${key}:( +[^\\s#{}[\\]"'|>&*!]+)?( *(?: #[^\\n]*)?\\n(?:(?: *(?:#[^\\n]*)?)\\n)*)$`).exec(
    text,
  );
  return match ? `${key}: ${scalarText(value)}${match[2]}` : null;
}

/** Sets values in a section that is a block map or a one-line flow map of scalars; new keys go last. */
export function spliceMap(text: string, changes: ReadonlyMap<string, Scalar>): string | null {
  const head = /^[a-z_]+:( *)(\{[^{}[\]"#]*\})?( *(?: #[^\n]*)?)\n/.exec(text);
  if (!head) return null;
  return head[2] === undefined ? spliceBlock(text, head[0].length, changes) : spliceFlow(text, head[2], changes);
}

function spliceFlow(text: string, flow: string, changes: ReadonlyMap<string, Scalar>): string | null {
  if (/\n +[^ #\n]/.test(text)) return null;
  let inner = flow.slice(1, -1).trim();
  for (const [key, value] of changes) {
    const pair = `${keyText(key)}: ${scalarText(value)}`;
    const at = new RegExp(`(^|, *)${literal(keyText(key))}: *[^,]*?(?= *(?:,|$))`);
    if (at.test(inner)) inner = inner.replace(at, (_all, before: string) => `${before}${pair}`);
    else inner = inner === '' ? pair : `${inner}, ${pair}`;
  }
  return text.replace(flow, () => (inner === '' ? '{}' : `{ ${inner} }`));
}

function spliceBlock(text: string, bodyAt: number, changes: ReadonlyMap<string, Scalar>): string | null {
  const lines = text.slice(bodyAt).split('\n');
  lines.pop();
  const isData = (line: string): boolean => !/^ *(?:#.*)?$/.test(line);
  if (lines.some((line) => isData(line) && !/^ +[^\s:]+:(?: +[^{}[\]|>&*!\s][^#]*)?(?: +#.*)?$/.test(line)))
    return null;
  const lastData = lines.findLastIndex(isData);
  const indent = /^ +/.exec(lines[lastData] ?? '')?.[0] ?? '  ';
  const added: string[] = [];
  for (const [key, value] of changes) {
    const pattern = new RegExp(
      `^( +(?:${literal(keyText(key))}|${literal(JSON.stringify(key))}):)(?: +(?:"[^"]*"|[^\\s#"]+))?( *(?: #.*)?)$`,
    );
    const at = lines.findIndex((line) => pattern.test(line));
    if (at === -1) added.push(`${indent}${keyText(key)}: ${scalarText(value)}`);
    else
      lines[at] = (lines[at] as string).replace(
        pattern,
        (_all, name: string, note: string) => `${name} ${scalarText(value)}${note}`,
      );
  }
  lines.splice(lastData + 1, 0, ...added);
  return `${text.slice(0, bodyAt)}${lines.map((line) => `${line}\n`).join('')}`;
}
