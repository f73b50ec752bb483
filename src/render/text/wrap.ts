/** The text in lines of at most `width` columns, each after `indent`; a longer word gets its own line. */
export function wrap(text: string, indent: string, width: number): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    const next = line === indent ? `${line}${word}` : `${line} ${word}`;
    if (next.length > width && line !== indent) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = next;
  }
  return [...lines, line].join('\n');
}
