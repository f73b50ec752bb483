/** `hooks.on_error: deny` in the text of a config.yaml that cannot be read as one: comments and other sections do not count. */
export function deniesIn(config: string): boolean {
  let isInHooks = false;
  for (const line of config.split('\n')) {
    const text = line.replace(/(?:^|\s)#.*$/, '');
    if (/^\S/.test(text)) isInHooks = /^["']?hooks["']?\s*:/.test(text);
    if (isInHooks && /["']?on_error["']?\s*:\s*["']?deny\b/.test(text)) return true;
  }
  return false;
}
