/** The man pages, from the specs of the commands and the table of settings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GLOBAL_OPTIONS, type OptionSpec } from '../../src/cli/command.ts';
import { FIXED, optionWords, usage } from '../../src/cli/help.ts';
import { type KeyedRow, keyedRows } from '../../src/core/settings/keys.ts';
import { SETTINGS } from '../../src/core/settings/settings.ts';
import { SLOTS_ROWS } from '../../src/core/settings/slots-file.ts';
import { isUnder, KINDS, valueText } from './configuration.ts';
import { READ } from './environment.ts';
import { exitRows, type Manual, manuals, PROGRAM, ROOT, VALUES } from './manual.ts';
import { sentence } from './markdown.ts';
import { bold, heading, prose, shown, subheading, terms } from './roff.ts';
import { GROUPS as SETTING_GROUPS } from './settings.ts';

/** Changes with the version. */
const PUBLISHED = '2026-11-29';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

const title = (name: string, section = 1): string =>
  `.\\" Made from the tables in the code by npm run docs.\n.TH ${name.toUpperCase().replaceAll('-', '\\-')} ${section} ${PUBLISHED} "agent\\-resource\\-manager ${version}" "Agent Resource Manager"\n`;

/** `\fB-n\fR, \fB--dry-run\fR`, `\fB--wait\fR[=\fIDURATION\fR]`. */
const optionTerm = (option: OptionSpec): string =>
  optionWords(option)
    .split(', ')
    .map((words) =>
      words.replace(/^(-[a-z-]+)(.*)$/, (_, name: string, rest: string) => `${bold(name)}${valueTerm(rest)}`),
    )
    .join(', ');

const valueTerm = (rest: string): string => rest.replace(/[A-Z]+/, (value) => `\\fI${value}\\fR`);

const optionTerms = (options: readonly OptionSpec[]): string =>
  terms(
    options.map((option) => [
      optionTerm(option),
      `${sentence(option.help)}${option.default === undefined ? '' : ` Default: ${option.default}.`}`,
    ]),
  );

const pageOf = ({ name }: Pick<Manual, 'name'>): string => `${PROGRAM}-${name}`;

const seeAlso = (names: readonly string[]): string =>
  `${heading('SEE ALSO')}${names.map((name) => `.BR ${shown(name)} (1)`).join(' ,\n')}\n`;

const examples = (rows: readonly (readonly [line: string, does: string])[]): string =>
  heading('EXAMPLES') +
  rows.map(([line, does]) => `${prose(sentence(does))}\n.PP\n.RS 4\n.EX\n${shown(line)}\n.EE\n.RE\n`).join('.PP\n');

/** The page of one command under one of its names. */
function commandPage(manual: Manual, name: string): string {
  const { spec, called, also, summary, answers } = manual;
  const isPage = name === pageOf(manual);
  const invokedAs = isPage ? called : name;
  const named = spec.operands.filter(({ name }) => spec.verbs === undefined || !name.includes('|'));
  const operands = [...named, ...(spec.rest === undefined ? [] : [spec.rest])];
  const verbs = Object.entries(spec.verbs ?? {});
  const others = [called, ...also].filter((other) => other !== invokedAs);
  return [
    title(name),
    `${heading('NAME')}${shown(name)} \\- ${shown(summary)}\n`,
    `${heading('SYNOPSIS')}${bold(usage(spec, invokedAs)).replaceAll('|', '|\\:')}\n`,
    `${heading('DESCRIPTION')}${prose(spec.about)}\n`,
    others.length === 0 ? '' : `.PP\nOther names: ${others.map(bold).join(', ')}.\n`,
    operands.length + verbs.length === 0 ? '' : heading('ARGUMENTS'),
    terms(verbs.map(([verb, does]) => [bold(verb), sentence(does)])),
    terms(operands.map(({ name, help }) => [`\\fI${shown(name)}\\fR`, sentence(help)])),
    heading('OPTIONS'),
    optionTerms(spec.options),
    `${spec.options.length === 0 ? '' : '.PP\n'}Options of every command, and the forms of values, are in\n.BR ${shown(PROGRAM)} (1).\n`,
    (spec.exits ?? []).length === 0
      ? ''
      : heading('EXIT STATUS') +
        terms((spec.exits ?? []).map(([exit, meaning]) => [String(exit), sentence(meaning)])) +
        `.PP\nThe other codes are in\n.BR ${shown(PROGRAM)} (1).\n`,
    answers.length === 0
      ? ''
      : `${heading('JSON')}Schemas of the answers under \\fB\\-\\-json\\fR: ${shown(answers.map((answer) => `${answer}.schema.json`).join(', '))}.\n`,
    examples(spec.examples),
    seeAlso([PROGRAM]),
  ].join('');
}

function programPage(all: readonly Manual[]): string {
  const groups = [...new Set(all.map(({ group }) => group))].map(
    (group) =>
      subheading(group) +
      terms(
        all
          .filter((manual) => manual.group === group)
          .map(({ name, called, summary }) => [
            called === name || called === `${PROGRAM} ${name}` ? bold(name) : `${bold(name)}, ${bold(called)}`,
            sentence(summary),
          ]),
      ),
  );
  return [
    title(PROGRAM),
    `${heading('NAME')}${shown(PROGRAM)} \\- one pool of agent slots for all projects on a machine\n`,
    `${heading('SYNOPSIS')}${bold(`${PROGRAM} COMMAND [options]`)}\n`,
    heading('DESCRIPTION'),
    prose(
      'Hands out slots for AI agents, queues fairly, watches the health of the machine, counts tokens, time and cost, and ends what must be ended. The state is one file, slots.yaml.',
    ),
    `\n${heading('COMMANDS')}Each command has a page of its own, for example\n.BR ${shown(`${PROGRAM}-run`)} (1).\n`,
    ...groups,
    heading('OPTIONS'),
    optionTerms([...GLOBAL_OPTIONS, ...FIXED]),
    `${heading('VALUES')}An option takes its value after a blank or after =.\n`,
    terms(
      Object.entries(VALUES).map(([word, [form, example]]) => [
        `\\fI${word}\\fR`,
        `${sentence(form)}${example === '' ? '' : ` Example: ${example}`}`,
      ]),
    ),
    heading('EXIT STATUS'),
    terms(exitRows().map(([, exit, meaning]) => [String(exit), sentence(meaning)])),
    heading('FILES'),
    terms([
      [bold('~/.resource-manager/slots.yaml'), 'The state: leases, queue, budgets and the last sample of the machine.'],
      [bold('~/.resource-manager/slots.yaml.bak'), 'The last good revision of the state.'],
      [bold('~/.resource-manager/config.yaml'), 'The settings.'],
      [bold('~/.resource-manager/history/'), 'Past events, one JSON object per line.'],
      [bold('/etc/resource-manager.yaml'), 'Names the folder of a state that several users share.'],
    ]),
    heading('ENVIRONMENT'),
    terms(Object.entries(READ).map(([name, meaning]) => [bold(name), meaning])),
    examples([
      ['request-slots consilio 5', 'five slots, or a place in the queue (exit 75)'],
      ['release-slots consilio', 'give back what this process holds'],
      [`${PROGRAM} run odin -- make test`, 'run a command under a slot'],
    ]),
    seeAlso(all.map(pageOf)),
  ].join('');
}

const settingTerms = (rows: readonly KeyedRow[]): string =>
  terms(
    rows.map(({ key, row }) => [
      bold(key),
      `${sentence(row.meaning)} Value: ${row.kind.name}. Default: ${row.otherwise ?? valueText(row.initial)}.`,
    ]),
  );

/** The page of config.yaml and slots.yaml. */
const configurationPage = (): string =>
  [
    title(PROGRAM, 5),
    `${heading('NAME')}config.yaml \\- settings of ${shown(PROGRAM)}\n`,
    heading('DESCRIPTION'),
    prose(
      'The file is in the folder of the state. Every setting may be left out. A dot in a name leads into a map; words in capitals stand for a name of your own. config list shows the settings in force, config set changes one and keeps comments.',
    ),
    '\n',
    terms(KINDS.map(([kind, form]) => [bold(kind), sentence(form)])),
    heading('SETTINGS'),
    ...SETTING_GROUPS.map(({ title: name, intro, keys }) => {
      const rows = keyedRows(SETTINGS).filter(({ key }) => isUnder(keys)(key));
      return `${subheading(name)}${prose(intro)}\n${settingTerms(rows)}`;
    }),
    `${heading('KEYS OF SLOTS.YAML')}These keys of the state may be edited at any time.\n`,
    settingTerms(keyedRows(SLOTS_ROWS)),
    `${heading('EXAMPLE')}.EX\nstrategy: fair\\-share\nprojects:\n  consilio: { guaranteed: 3, max: 10, weight: 2 }\nbudget:\n  on_stop: kill\n.EE\n`,
    seeAlso([PROGRAM, `${PROGRAM}-config`]),
  ].join('');

/** All man pages, by the names of their files: one of the program, of each subcommand and installed command, and of the settings. */
export async function manPages(): Promise<ReadonlyMap<string, string>> {
  const all = await manuals();
  const pages = all.flatMap((manual) => {
    const installed = [manual.called, ...manual.also].filter((name) => !name.includes(' '));
    return [pageOf(manual), ...installed].map((name): [string, string] => [`${name}.1`, commandPage(manual, name)]);
  });
  const own: [string, string][] = [
    [`${PROGRAM}.1`, programPage(all)],
    [`${PROGRAM}.5`, configurationPage()],
  ];
  return new Map([...own, ...pages].sort(([a], [b]) => (a < b ? -1 : 1)));
}
