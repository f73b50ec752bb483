/** The config.yaml that `init` makes, from the table of settings. */
import type { Each, Node, Row } from '../../src/core/settings/rows.ts';
import { SETTINGS } from '../../src/core/settings/settings.ts';
import { EXAMPLES, GROUPS, TEMPLATE_KEYS } from './settings.ts';

const HEAD = `# What you set. Every line may be left out; then its default holds.
# All settings:  resource-manager config list
# Change one:    resource-manager config set strategy fair-share
`;
const WIDTH = 116;

/** The text as comment lines, its marks of code taken out. */
function comment(text: string, indent: string): string {
  const lines: string[] = [];
  for (const word of text.replaceAll('`', '').split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}# ${word}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function rowText({ key, initial, meaning }: Row<unknown>, path: string, indent: string): string {
  return `${comment(meaning, indent)}${exampleText(path, indent)}${indent}${key}: ${valueText(initial)}\n`;
}

function eachText({ key, item }: Each<unknown, Node>, path: string, indent: string): string {
  const rows = 'rows' in item ? Object.values<Node>(item.rows) : [item];
  const meanings = rows.map((row) =>
    'meaning' in row ? comment(row === item ? row.meaning : `${row.key}: ${row.meaning}`, indent) : '',
  );
  return `${meanings.join('')}${exampleText(path, indent)}${indent}${key}: {}\n`;
}

/** The lines of the example at this indentation, as comments. */
function exampleText(path: string, indent: string): string {
  const lines = (EXAMPLES[path] ?? '').split('\n').filter((line) => line.startsWith(indent) && line !== '');
  return lines.map((line) => `${indent}# ${line.slice(indent.length)}\n`).join('');
}

function nodeText(node: Node, path: string, indent: string): string {
  if (!TEMPLATE_KEYS.some((key) => key === path || key.startsWith(`${path}.`))) return '';
  if ('item' in node) return eachText(node, path, indent);
  if ('kind' in node) return rowText(node, path, indent);
  const inner = Object.values<Node>(node.rows).map((child) => nodeText(child, `${path}.${child.key}`, `${indent}  `));
  return `${indent}${node.key}:\n${inner.join('')}`;
}

export function templateText(): string {
  const nodes = Object.values<Node>(SETTINGS);
  const groups = GROUPS.flatMap(({ intro, keys }) => {
    const shown = nodes.filter((node) => keys.includes(node.key) && nodeText(node, node.key, '') !== '');
    const head = shown.some((node) => 'rows' in node) ? comment(intro, '') : '';
    return shown.map((node, n) => `\n${n === 0 ? head : ''}${nodeText(node, node.key, '')}`);
  });
  return `${HEAD}${groups.join('')}`;
}
