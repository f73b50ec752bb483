/** docs/reference/commands.md, from the specs of the commands. */
import { GLOBAL_OPTIONS, type OptionSpec } from '../../src/cli/command.ts';
import { FIXED, optionWords, usage } from '../../src/cli/help.ts';
import { exitRows, type Manual, manuals, PROGRAM, VALUES } from './manual.ts';
import { anchor, code, marked, sentence, table, wrapped } from './markdown.ts';

const optionTable = (options: readonly OptionSpec[]): string =>
  table(
    ['option', 'default', 'meaning'],
    options.map((option) => [code(optionWords(option)), marked(option.default ?? ''), marked(sentence(option.help))]),
  );

/** `text` where there are rows, else nothing. */
const listed = (rows: readonly unknown[], text: () => string): string => (rows.length === 0 ? '' : `\n${text()}`);

function examples({ spec }: Manual): string {
  const width = Math.max(...spec.examples.map(([line]) => line.length).filter((length) => length <= 72), 0);
  const lines = spec.examples.map(([line, does]) => `${line.padEnd(width)}   # ${does}`);
  return `\n\`\`\`sh\n${lines.join('\n')}\n\`\`\`\n`;
}

function section(manual: Manual): string {
  const { spec, called, also, answers } = manual;
  const verbs = Object.entries(spec.verbs ?? {}).map(([name, help]) => ({ name, help }));
  const named = spec.operands.filter(({ name }) => spec.verbs === undefined || !name.includes('|'));
  const operands = [...verbs, ...named, ...(spec.rest === undefined ? [] : [spec.rest])];
  const links = answers.map((name) => `[${name}](json.md#${name})`).join(', ');
  return [
    `\n### ${called}\n\n${wrapped(marked(spec.about))}\n`,
    listed(also, () => `Other names: ${also.map(code).join(', ')}.\n`),
    `\n\`\`\`text\n${usage(spec, called)}\n\`\`\`\n`,
    listed(operands, () =>
      table(
        ['argument', 'meaning'],
        operands.map(({ name, help }) => [code(name), marked(sentence(help))]),
      ),
    ),
    listed(spec.options, () => optionTable(spec.options)),
    examples(manual),
    listed(spec.exits ?? [], () =>
      table(
        ['exit code', 'meaning'],
        (spec.exits ?? []).map(([exit, meaning]) => [String(exit), marked(sentence(meaning))]),
      ),
    ),
    listed(answers, () => `JSON: ${links}.\n`),
  ].join('');
}

const head = (all: readonly Manual[]): string => `# Commands

<!-- Made from the specs of the commands by \`npm run docs\`. -->

Every command is \`${PROGRAM} NAME\`; the usual ones are installed under a short name as well. \`NAME --help\` prints the same
on the screen, and \`man ${PROGRAM}-NAME\` shows a page of it. Options may stand anywhere; \`--\` ends them. An argument in
brackets may be left out.

${table(
  ['group', 'commands'],
  [...new Set(all.map(({ group }) => group))].map((group) => [
    group,
    all
      .filter((manual) => manual.group === group)
      .map(({ name, called }) => `[${name}](#${anchor(called)})`)
      .join(', '),
  ]),
)}
## Options of every command

${optionTable([...GLOBAL_OPTIONS, ...FIXED])}
## Values

An option takes its value after a blank or after \`=\`. A value in brackets, like \`--wait[=DURATION]\`, may be left out and needs
the \`=\`.

${table(
  ['value', 'how it is written', 'examples'],
  Object.entries(VALUES).map(([word, [form, example]]) => [
    code(word),
    sentence(form),
    example === '' ? '' : code(example),
  ]),
)}
## Exit codes of every command

${table(
  ['exit code', 'meaning'],
  exitRows().map(([, exit, meaning]) => [String(exit), marked(sentence(meaning))]),
)}
A command below lists the codes that mean something special to it. [Exit codes](exit-codes.md) explains each one.
`;

/** The text of the page. */
export async function commandsText(): Promise<string> {
  const all = await manuals();
  const groups = [...new Set(all.map(({ group }) => group))].map(
    (group) =>
      `\n## ${group}\n${all
        .filter((manual) => manual.group === group)
        .map(section)
        .join('')}`,
  );
  return head(all) + groups.join('');
}
