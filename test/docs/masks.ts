/** Compares the text of a page with the output of a command, apart from parts that differ from run to run. */

const ALWAYS: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?/g, '<time>'],
  [/\b(process|pid) \d+/g, '$1 <pid>'],
  [/(?<= )\d+s$/gm, '<duration>'],
  [/\b\d+ (?:second|minute|hour)s?(?: \d+ minutes?)?\b/g, '<duration>'],
];

function masked(text: string, masks: readonly RegExp[]): string {
  let result = text;
  for (const mask of masks) result = result.replace(mask, '<…>');
  for (const [pattern, name] of ALWAYS) result = result.replace(pattern, name);
  return result.trimEnd();
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** True if the printed text equals the shown text after masking. A shown line `…` matches any lines. */
export function isShown(shown: string, printed: string, masks: readonly RegExp[]): boolean {
  const lines = masked(shown, masks).split('\n');
  const pattern = lines.map((line) => (line === '…' ? '(?:.*\\n)*?' : `${escaped(line)}\\n`)).join('');
  return new RegExp(`^${pattern}$`).test(`${masked(printed, masks)}\n`);
}
