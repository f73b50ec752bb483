import { createTwoFilesPatch } from 'diff';

/** Unified diff of two texts of a file; line endings do not count. Empty without a difference. */
export function differenceOf(path: string, before: string, after: string): string {
  if (before === after) return '';
  const plain = (text: string): string => text.replaceAll('\r\n', '\n');
  return createTwoFilesPatch(path, path, plain(before), plain(after), undefined, undefined, { context: 3 })
    .replace(/^Index: .*\n=+\n/, '')
    .trimEnd();
}
