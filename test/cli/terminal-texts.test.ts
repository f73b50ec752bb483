/** Texts of others in every kind of output: nothing in them acts on the terminal. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CommandName, sandbox, temporaryFolder } from '../helpers/cli.ts';
import { aLine } from '../helpers/transcripts.ts';

const EVIL = 'x\u001b]0;owned\u0007\u009b2J\u202etxt\u001b[2J\u001b[31mred';
const SHOWN = String.raw`x\u001b]0;owned\u0007\u009b2J\u202etxt\u001b[2J\u001b[31mred`;
/** Colours that our styles use. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours.
const OURS = /\u001b\[(?:1|2|22|31|32|33|39)m/g;
const ACTING = /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/u;

type Call = readonly [name: string, command: CommandName, words: readonly string[]];

/** A machine whose state, settings, history and transcripts have the text in every place. */
function aMachine() {
  const box = sandbox(4);
  const home = temporaryFolder();
  const env = { CLAUDE_CONFIG_DIR: home, HOME: home };
  const folder = join(home, 'projects', '-w-app');
  mkdirSync(folder, { recursive: true });
  const line = aLine({ id: 'm1', sessionId: 's1', timestamp: new Date().toISOString(), usage: { output_tokens: 5 } });
  (line as { message: { model: string } }).message.model = `claude-${EVIL}`;
  writeFileSync(join(folder, 's1.jsonl'), `${JSON.stringify(line)}\n`);
  const at = new Date().toISOString();
  mkdirSync(join(box.dir, 'history'));
  const record = { at, kind: 'killed', project: EVIL, agent: EVIL, reason: EVIL, why: `=cmd|' /C calc'!A1${EVIL}` };
  for (const kind of ['killed', 'granted', 'denied', 'usage', 'stopped'])
    appendFileSync(join(box.dir, 'history', `${at.slice(0, 10)}.jsonl`), `${JSON.stringify({ ...record, kind })}\n`);
  box.run('resource-manager', ['budget', 'allocate', 'a', '--tokens', '5']);
  box.run('resource-manager', ['stop', 'a', '--reason', EVIL]);
  return { ...box, env };
}

const CALLS: readonly Call[] = [
  ['an unknown option', 'resource-manager', ['status', `--${EVIL}`]],
  ['an unknown command', 'resource-manager', [EVIL]],
  ['a wrong amount', 'report-usage', ['a', '--tokens', EVIL]],
  ['a project without a lease', 'release-slots', [EVIL, '1']],
  ['the state', 'resource-status', []],
  ['the settings', 'resource-manager', ['config', 'list']],
  ['the history', 'resource-manager', ['history']],
  ['the history as JSON', 'resource-manager', ['history', '--json']],
  ['the history as CSV', 'resource-manager', ['history', '--csv']],
  ['a report', 'resource-manager', ['report']],
  ['a page', 'resource-manager', ['report', '--page', '-']],
  ['the audit', 'resource-manager', ['audit']],
  ['the budgets', 'resource-manager', ['budget', 'status']],
  ['a check', 'resource-manager', ['check', 'a']],
  ['the metrics', 'resource-manager', ['metrics']],
  ['a kill', 'resource-kill', [EVIL, '--reason', EVIL, '--yes']],
  ['a state that is nowhere', 'resource-status', ['--dir', `/nowhere/${EVIL}`]],
];

describe.each([
  ['plain', {}],
  ['coloured', { FORCE_COLOR: '1' }],
] as readonly (readonly [string, Record<string, string>])[])('%s output', (_kind, colours) => {
  const machine = aMachine();
  it.each(CALLS)('of %s has no escape of others', (_name, command, words) => {
    const { stdout, stderr } = machine.run(command, words, { ...machine.env, ...colours });
    const output = `${stdout}${stderr}`;
    expect(output.length).toBeGreaterThan(0);
    expect((colours.FORCE_COLOR === undefined ? output : output.replace(OURS, '')).match(ACTING)?.index).toBe(
      undefined,
    );
    // The machine answers: a wrong configuration would leave one message for all.
    expect(output).not.toContain('config.yaml');
    // The text's own colour is none of ours.
    expect(output).not.toContain('\u001b[31mred');
  });
});

it.each([
  `project_priorities:\n  ${JSON.stringify(EVIL)}: 5\n`,
  `"${EVIL.replaceAll('\u001b', '\\e').replaceAll('\u0007', '\\a').replaceAll('\u009b', '\\x9b')}": 5\n`,
])('a key of config.yaml is named without an escape of others', (config) => {
  const { stdout, stderr } = sandbox(4, { config }).run('resource-status', []);
  expect(`${stdout}${stderr}`).toContain('owned');
  expect(`${stdout}${stderr}`).not.toMatch(ACTING);
});

it('the text is still there, written out', () => {
  const machine = aMachine();
  expect(machine.run('report-usage', ['a', '--tokens', EVIL]).stderr).toContain(SHOWN);
  expect(machine.run('resource-manager', ['history', '--csv']).stdout).toContain(`,'=cmd|' /C calc'!A1${SHOWN}`);
  const [row] = machine.run('resource-manager', ['history', '--json']).stdout.match(/\{.*"killed".*\}/s) ?? [];
  expect(row).toContain(SHOWN);
});
