/** docs/reference/json.md, from the schemas of the answers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitRows, type Manual, manuals, ROOT, SCHEMAS } from './manual.ts';
import { anchor, code, marked, sentence, table } from './markdown.ts';

export interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

export const schemaOf = (name: string): Schema =>
  JSON.parse(readFileSync(join(ROOT, 'schemas', `${name}.schema.json`), 'utf8'));

/** Objects that several answers share, by name. Throws when two schemas say different things under one name. */
export function sharedObjects(): ReadonlyMap<string, Schema> {
  const shared = new Map<string, Schema>();
  for (const schema of SCHEMAS)
    for (const [name, object] of Object.entries(schemaOf(schema).$defs ?? {})) {
      if (shared.has(name) && JSON.stringify(shared.get(name)) !== JSON.stringify(object))
        throw new Error(`${schema}.schema.json says something else of ${name} than the others`);
      shared.set(name, object);
    }
  return new Map([...shared].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const WORDS: Readonly<Record<string, string>> = {
  integer: 'whole number',
  number: 'number',
  string: 'text',
  boolean: '`true` or `false`',
  object: 'object',
};

const MANY: Readonly<Record<string, string>> = { object: 'objects', text: 'texts' };

/** `a`, `b` or `c`. */
const alternatives = (types: readonly string[]): string =>
  types.length < 3 ? types.join(' or ') : `${types.slice(0, -1).join(', ')} or ${types.at(-1)}`;

const refName = (ref: string): string => ref.replace('#/$defs/', '');

function typesOf({ type, format, $ref, items, oneOf, ...schema }: Schema): string[] {
  if ($ref !== undefined) return [`[${refName($ref)}](#${refName($ref)})`];
  if (oneOf !== undefined) return oneOf.flatMap(typesOf);
  if (schema.const !== undefined) return [code(String(schema.const))];
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value)));
  return [type ?? []].flat().flatMap((name) => {
    if (name === 'null') return ['`null`'];
    if (name === 'array')
      return [
        `list of ${
          items === undefined
            ? 'values'
            : typesOf(items)
                .map((one) => MANY[one] ?? one)
                .join(' or ')
        }`,
      ];
    if (name === 'string' && format === 'date-time') return ['instant'];
    if (name === 'object' && typeof schema.additionalProperties === 'object') return ['map of texts'];
    return [WORDS[name] ?? name];
  });
}

const UNITS: readonly (readonly [key: RegExp, unit: string])[] = [
  [/slot_seconds|waits_caused_seconds/, 'slot-seconds'],
  [/_seconds$|^(?:mean|p95|longest)$/, 'seconds'],
  [/_bytes$/, 'bytes'],
  [
    /^within_|_within_|^in_interval$|_share$|^share_|^percentage$|_coverage$|_stated$|^budget_used$|^utilisation$/,
    '1 is all',
  ],
  [/_percent$|^(?:progress|cpu_some|memory_full|io_full)$/, 'percent'],
  [/^tokens$|_tokens$/, 'tokens'],
  [/^cost$/, 'US dollars'],
  [
    /slots|^(?:used|max|effective_max|previous|available|requested|granted|released|agents_ahead|max_per_project)$/,
    'slots',
  ],
];

/** Keys of shared objects whose unit does not follow from their names. */
const UNITS_IN: Readonly<Record<string, string>> = { waits: 'seconds', shares: '1 is all' };

function unitOf(key: string, schema: Schema, within: string): string {
  const types = typesOf(schema);
  if (types.includes('instant')) return 'UTC';
  if (!types.some((type) => /number/.test(type))) return '';
  return UNITS_IN[within] ?? UNITS.find(([pattern]) => pattern.test(key))?.[1] ?? '';
}

/** The keys of an object and of the objects in it, each with its path. */
function rowsOf(schema: Schema, within = '', path = ''): string[][] {
  return Object.entries(schema.properties ?? {})
    .filter(([key]) => key !== 'schema_version')
    .flatMap(([key, child]) => {
      const isOptional = !schema.required?.includes(key);
      const meaning = `${child.description ?? ''}${isOptional ? ' May be missing.' : ''}`;
      const objects = [child, ...(child.oneOf ?? [])].flatMap((one): (readonly [Schema, string])[] =>
        one.items === undefined ? [[one, '.']] : [[one.items, '[].']],
      );
      return [
        [code(`${path}${key}`), alternatives(typesOf(child)), unitOf(key, child, within), meaning],
        ...objects.flatMap(([object, joint]) => rowsOf(object, within, `${path}${key}${joint}`)),
      ];
    });
}

const keys = (schema: Schema, within = ''): string => table(['key', 'type', 'unit', 'meaning'], rowsOf(schema, within));

const commandsOf = (all: readonly Manual[], schema: string): string =>
  all
    .filter(({ answers }) => answers.includes(schema))
    .map(({ called }) => `[${called}](commands.md#${anchor(called)})`)
    .join(', ');

const HEAD = `# JSON answers

<!-- Made from \`schemas/\` by \`npm run docs\`. -->

With \`--json\` a command prints one JSON document on standard output; \`monitor --json\` and \`resource-status --watch --json\` print
one per line. The file \`schemas/NAME.schema.json\` of the package is the schema of the answer NAME (JSON Schema 2020-12).

- Every document begins with \`"schema_version": 1\`. New keys may appear at any time: ignore the keys that you do not know.
- An instant is a text in ISO 8601, in UTC, with milliseconds: \`"2026-11-25T10:00:00.000Z"\`.
- A key that is not known at the moment is \`null\`. A key that may be missing is marked so.
- \`projects[].agents[].name\` is the key \`name\` in each object of the list \`agents\` in each object of the list \`projects\`.
- A command that fails prints an [error](#error) in place of its answer, and ends with the same exit code.

`;

/** The text of the page. */
export async function jsonText(): Promise<string> {
  const all = await manuals();
  const answers = SCHEMAS.filter((name) => name !== 'error');
  const shared = sharedObjects();
  return [
    HEAD,
    table(
      ['answer', 'command', 'meaning'],
      answers.map((name) => [
        `[${name}](#${name})`,
        commandsOf(all, name),
        (schemaOf(name).description ?? '').replace(/ Answer of .*/, ''),
      ]),
    ),
    `\n## error\n\n${schemaOf('error').description}\n\n${keys(schemaOf('error'))}`,
    `\n## Exit codes\n\nThe library exports the codes under these names as \`EXIT\`.\n\n`,
    table(
      ['name', 'code', 'meaning'],
      exitRows().map(([name, exit, meaning]) => [code(`EXIT.${name}`), String(exit), marked(sentence(meaning))]),
    ),
    '\n## Shared objects\n\nThese objects are part of several answers.\n',
    ...[...shared].map(([name, schema]) => `\n### ${name}\n\n${schema.description}\n\n${keys(schema, name)}`),
    ...answers.map((name) => `\n## ${name}\n\n${schemaOf(name).description}\n\n${keys(schemaOf(name))}`),
  ].join('');
}
