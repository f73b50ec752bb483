/** docs/reference/configuration.md, from the tables of settings and of environment variables. */
import { NOTICE_NAMES } from '../../src/core/notice.ts';
import { type KeyedRow, keyedRows } from '../../src/core/settings/keys.ts';
import { SETTINGS } from '../../src/core/settings/settings.ts';
import { SLOTS_ROWS } from '../../src/core/settings/slots-file.ts';
import { READ, SET_BY_NOTIFY, SET_BY_RUN } from './environment.ts';
import { code, table } from './markdown.ts';
import { EXAMPLES, GROUPS } from './settings.ts';

export const KINDS = [
  ['duration', '`500ms`, `90s`, `15m`, `1h30m`, `2d`'],
  ['size', '`512M`, `2G`: bytes with `K`, `M`, `G` or `T`, in powers of 1024'],
  ['percent', 'a number from 0 to 100, without `%`'],
] as const;

const HEAD = `# Configuration

<!-- Made from the tables in the code by \`npm run docs\`. -->

What you set is in \`config.yaml\` in the state folder, which is \`~/.resource-manager\` unless \`--dir\` or
\`RESOURCE_MANAGER_DIR\` names another. Every setting may be left out. A change counts from the next command on; the monitor
sees it at its next look.

\`\`\`sh
resource-manager config list --show-origin           # every setting, and whether the file sets it
resource-manager config get budget.on_stop
resource-manager config set strategy fair-share      # comments in the file survive
resource-manager config set projects.consilio.max 4
\`\`\`

The dots in \`budget.on_stop\` mean a map in the file:

\`\`\`yaml
budget:
  on_stop: kill
\`\`\`

${table(['kind', 'how it is written'], KINDS)}
Words in capitals stand for a name of yours. \`null\` is the same as leaving a setting out.
`;

/** A default as it is written in the file. */
export const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const settingsTable = (rows: readonly KeyedRow[]): string =>
  table(
    ['setting', 'default', 'kind', 'meaning'],
    rows.map(({ key, row }) => [code(key), row.otherwise ?? code(valueText(row.initial)), row.kind.name, row.meaning]),
  );

const yamlBlock = (text: string): string => `\n\`\`\`yaml\n${text}\n\`\`\`\n`;

/** True for a key that is one of `keys` or below one. */
export const isUnder =
  (keys: readonly string[]) =>
  (key: string): boolean =>
    keys.some((known) => key === known || key.startsWith(`${known}.`));

function groupText({ title, intro, keys }: (typeof GROUPS)[number]): string {
  const isHere = isUnder(keys);
  const rows = keyedRows(SETTINGS).filter(({ key }) => isHere(key));
  const examples = Object.entries(EXAMPLES).flatMap(([key, text]) => (isHere(key) ? yamlBlock(text) : ''));
  const events = keys.includes('notify') ? `\nEvents: ${NOTICE_NAMES.map(code).join(', ')}.\n` : '';
  return `\n## ${title}\n\n${intro}\n\n${settingsTable(rows)}${examples.join('')}${events}`;
}

const SLOTS_INTRO = `
## slots.yaml

The state of the pool, in the same folder. Commands and the monitor write it. You may edit these keys, and comment the file, at
any time.

`;

const variables = (of: Readonly<Record<string, string>>): string =>
  table(
    ['variable', 'meaning'],
    Object.entries(of).map(([name, meaning]) => [code(name), meaning]),
  );

export const configurationText = (): string =>
  [
    HEAD,
    ...GROUPS.map(groupText),
    SLOTS_INTRO,
    settingsTable(keyedRows(SLOTS_ROWS)),
    '\n## Environment variables\n\nThe commands read these:\n\n',
    variables(READ),
    '\n`run` sets these for its command:\n\n',
    variables(SET_BY_RUN),
    '\nA command of `notify` gets these, beside those of the command that caused the event:\n\n',
    variables(SET_BY_NOTIFY),
  ].join('');
