/**
 * Every block of the pages works as shown. `npm run docs` writes the output of the commands into the pages; review
 * the difference.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { placeOf } from '../../src/core/settings/keys.ts';
import { cleanEnvironment, ROOT, temporaryFolder } from '../helpers/cli.ts';
import { isShown } from './masks.ts';
import { type Block, PAGES, type Page, withTexts } from './pages.ts';
import { openSession, type Ran, type Session } from './session.ts';

interface Shown {
  readonly command: string;
  readonly output: string;
}

const PROMPT = '$ ';

/** The commands of a block with their output. After a `\` a command continues in the next line. */
function commandsIn({ text }: Block): Shown[] {
  const shown: { command: string; output: string }[] = [];
  let isOpen = false;
  for (const line of text.split('\n')) {
    const last = shown.at(-1);
    if (isOpen && last) last.command += `\n${line}`;
    else if (line.startsWith(PROMPT)) shown.push({ command: line.slice(PROMPT.length), output: '' });
    else if (last) last.output += `${line}\n`;
    else throw new Error(`a console block begins with a command, not with: ${line}`);
    isOpen = (isOpen || line.startsWith(PROMPT)) && line.endsWith('\\');
  }
  return shown;
}

const consoleText = (shown: readonly Shown[]): string =>
  shown
    .map(({ command, output }, at) => {
      const gap = output.trim() !== '' && at < shown.length - 1 ? '\n' : '';
      return `${PROMPT}${command}\n${output.trim() === '' ? '' : `${output.trimEnd()}\n`}${gap}`;
    })
    .join('');

/** The block unchanged if it is right, or with the actual output of the commands that it shows wrongly. */
async function consoleBlock(block: Block, session: Session, where: string): Promise<string> {
  const shown = commandsIn(block);
  const ran = await session.run(shown.map(({ command }) => command));
  for (const [at, { command }] of shown.entries()) {
    const { status, output } = ran[at] as Ran;
    const isExpected = status === 0 || block.mayFail || shown[at + 1]?.command === 'echo $?';
    if (!isExpected) throw new Error(`${where}: ${command} ended with ${status}:\n${output}`);
  }
  const isRight = ({ output }: Shown, at: number): boolean => isShown(output, (ran[at] as Ran).output, block.masks);
  if (shown.every(isRight)) return block.text;
  return consoleText(
    shown.map((part, at) => (isRight(part, at) ? part : { command: part.command, output: (ran[at] as Ran).output })),
  );
}

/** Checks a config.yaml or slots.yaml, named in its first line: it can be read, and every setting in it is known. */
async function yamlBlock({ text }: Block, session: Session, where: string): Promise<void> {
  const [, name] = /^# (config|slots)\.yaml\n/.exec(text) ?? [];
  if (name === undefined) throw new Error(`${where}: a yaml block begins with # config.yaml or # slots.yaml`);
  const base = name === 'slots' ? 'version: 1\nmax_slots: 10\nleases: []\nqueue: []\n' : '';
  const [written] = await session.run([
    `mkdir -p "$HOME/try" && printf '%s\\n' '${(base + text).replaceAll("'", "'\\''")}' > "$HOME/try/${name}.yaml" && resource-status --dir "$HOME/try" --quiet && resource-manager config list --dir "$HOME/try" --json; rm -r "$HOME/try"`,
  ]);
  expect(written?.output, where).toMatch(/"schema_version":1/);
  for (const [, key = ''] of written?.output.matchAll(/"key":"([^"]+)"/g) ?? [])
    expect(placeOf(key), `${where}: ${key}`).not.toBeNull();
}

/** Compiles and runs a program in a folder that has the package installed. */
function programBlock({ text, language }: Block, where: string): void {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'agent-resource-manager'));
  const run = (args: readonly string[]): void => {
    const env = cleanEnvironment({ RESOURCE_MANAGER_DIR: join(folder, 'state'), HOME: folder });
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env });
    expect(`${status} ${stderr}${status === 0 ? '' : stdout}`, where).toBe('0 ');
  };
  if (language === 'ts') {
    writeFileSync(join(folder, 'program.mts'), text);
    const strict = '--noEmit --strict --target es2022 --module nodenext --types node'.split(' ');
    const types = ['--typeRoots', join(ROOT, 'node_modules', '@types')];
    run([join(ROOT, 'node_modules/typescript/bin/tsc'), ...strict, ...types, 'program.mts']);
  }
  const { code } = transformSync(text, { loader: language as 'ts' | 'js' });
  writeFileSync(join(folder, 'program.mjs'), code);
  run(['program.mjs']);
}

function printed(command: string): string {
  const { stdout, stderr } = spawnSync('bash', ['-c', command], {
    cwd: ROOT,
    encoding: 'utf8',
    env: cleanEnvironment(),
  });
  expect(stderr, command).toBe('');
  return stdout.trimEnd();
}

/** Checks a block and returns its right text. */
async function checked(block: Block, session: Session, where: string): Promise<string> {
  for (const script of block.before) await session.script(script);
  if (block.isByHand) return block.text;
  if (block.printedBy !== null) {
    const text = printed(block.printedBy);
    return isShown(block.text, text, block.masks) ? block.text : `${text}\n`;
  }
  switch (block.language) {
    case 'console':
      return consoleBlock(block, session, where);
    case 'sh':
      await session.script(block.text);
      return block.text;
    case 'yaml':
      await yamlBlock(block, session, where);
      return block.text;
    case 'js':
    case 'ts':
      programBlock(block, where);
      return block.text;
    case 'json':
      JSON.parse(block.text);
      return block.text;
    case 'text':
      expect(block.text, `${where}: a picture shows no command`).not.toMatch(/^\$ /m);
      return block.text;
    default:
      throw new Error(`${where}: no test knows how to check a block of ${block.language}`);
  }
}

async function rewritten(page: Page): Promise<string> {
  const commands = page.blocks.flatMap(({ before, text, language }) => [
    ...before,
    ...(language === 'console' ? [text] : []),
  ]);
  const session = await openSession(commands.join('\n'));
  const texts: string[] = [];
  for (const block of page.blocks) texts.push(await checked(block, session, `${page.path}:${block.line}`));
  return withTexts(page, texts);
}

describe('every block of the pages', () => {
  it.each(PAGES.filter(({ blocks }) => blocks.length > 0))('$path', { timeout: 240_000 }, async (page) => {
    await expect(await rewritten(page)).toMatchFileSnapshot(join(ROOT, page.path));
  });
});

it('blocks that no test can run are rare', () => {
  const byHand = PAGES.flatMap(({ blocks }) => blocks.filter((block) => block.isByHand));
  expect(byHand.length).toBeLessThanOrEqual(6);
});

it('every fence belongs to a block that is checked', () => {
  for (const { path, text, blocks } of PAGES) expect(text.match(/^ *```/gm)?.length ?? 0, path).toBe(2 * blocks.length);
});
