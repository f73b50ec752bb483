const SKIPPED = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/y;

/** The source text without comments, strings and the text of templates; code inside `${}` stays. */
export function codeOf(text: string): string {
  let code = '';
  let at = 0;
  let depth = 0;
  /** Depth of braces at which each open template goes on. */
  const templates: number[] = [];
  const skipTemplate = (): void => {
    for (; at < text.length; at += 1) {
      if (text[at] === '\\') at += 1;
      else if (text[at] === '`') return;
      else if (text.startsWith('${', at)) {
        templates.push(depth);
        depth += 1;
        at += 1;
        return;
      }
    }
  };
  for (; at < text.length; at += 1) {
    SKIPPED.lastIndex = at;
    const skipped = SKIPPED.exec(text)?.[0];
    if (skipped !== undefined) at += skipped.length - 1;
    else if (text[at] === '`') {
      at += 1;
      skipTemplate();
    } else if (text[at] === '}' && templates.at(-1) === depth - 1) {
      templates.pop();
      depth -= 1;
      at += 1;
      skipTemplate();
    } else {
      if (text[at] === '{') depth += 1;
      if (text[at] === '}') depth -= 1;
      code += text[at];
      continue;
    }
    code += ' ';
  }
  return code;
}
