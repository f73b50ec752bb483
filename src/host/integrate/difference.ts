import { createTwoFilesPatch } from 'diff';

/** A unified diff of two texts of a file, without the kind of its line ends; empty when there is none. */
export function differenceOf(path: string, before: string, after: string): string {
  if (before === after) return '';
  const plain = (text: string): string => text.replaceAll('\r\n', '\n');
  return createTwoFilesPatch(path, path, plain(before), plain(after), undefined, undefined, { context: 3 })
    .replace(/^Index: .*\n=+\n/, '')
    .trimEnd();
}
