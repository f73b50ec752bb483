/** The reference of commands and answers and the man pages match the specs and schemas; `npm run docs` writes them. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsText } from '../../scripts/docs/commands.ts';
import { jsonText, type Schema, schemaOf } from '../../scripts/docs/json.ts';
import { manPages } from '../../scripts/docs/man.ts';
import { manuals, SCHEMAS, VALUES } from '../../scripts/docs/manual.ts';
import { GLOBAL_OPTIONS } from '../../src/cli/command.ts';
import { ROOT, temporaryFolder } from '../helpers/cli.ts';

const all = await manuals();
const pages = await manPages();
const MAN = join(ROOT, 'man');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const page = (name: string): string => join(ROOT, 'docs', 'reference', name);

it('the reference of the commands is up to date', async () => {
  await expect(await commandsText()).toMatchFileSnapshot(page('commands.md'));
});

it('the reference of the JSON answers is up to date', async () => {
  await expect(await jsonText()).toMatchFileSnapshot(page('json.md'));
});

describe('man pages', () => {
  it.each([...pages])('%s is up to date', async (file, text) => {
    await expect(text).toMatchFileSnapshot(join(MAN, file));
  });

  it('exist for each installed command, each subcommand, the program and the settings, and nothing else', () => {
    const names = [...Object.keys(manifest.bin), ...all.map(({ name }) => `resource-manager-${name}`)];
    const wanted = names.filter((name) => name !== 'agent-resource-manager').map((name) => `${name}.1`);
    wanted.push('resource-manager.5');
    expect([...pages.keys()]).toEqual(wanted.sort());
    expect(manifest.man).toEqual(wanted.map((file) => `man/${file}`));
    expect(readdirSync(MAN).filter((file) => !pages.has(file))).toEqual([]);
  });

  const hasMandoc = spawnSync('mandoc', ['-V']).error === undefined;
  it.skipIf(!hasMandoc && !process.env.CI)('pass the checks of mandoc', () => {
    const folder = temporaryFolder();
    for (const [file, text] of pages) writeFileSync(join(folder, file), text);
    const lint = ['-T', 'lint', '-W', 'warning', ...pages.keys()];
    const { stdout, stderr } = spawnSync('mandoc', lint, { cwd: folder, encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toBe('');
  });
});

describe('specs and schemas', () => {
  it('every command is described in sentences', () => {
    for (const { name, spec } of all) expect(spec.about, name).toMatch(/^[A-Z].*\.$/s);
  });

  it('every word for a value is explained, and no other word', () => {
    const options = [...all.flatMap(({ spec }) => spec.options), ...GLOBAL_OPTIONS];
    const words = new Set(options.flatMap(({ value }) => (value === undefined ? [] : [value])));
    expect([...words].sort()).toEqual(Object.keys(VALUES).sort());
  });

  it('every schema except that of errors is the answer of a command', () => {
    const answered = new Set(all.flatMap(({ answers }) => answers));
    expect(SCHEMAS.filter((name) => name !== 'error' && !answered.has(name))).toEqual([]);
  });

  it.each([...SCHEMAS])('every key of %s has a description', (name) => {
    const missing: string[] = [];
    const look = (schema: Schema, path: string): void => {
      for (const [key, child] of Object.entries(schema.properties ?? {})) {
        if (!/^[A-Z`].*\.$/s.test(child.description ?? '')) missing.push(`${path}${key}`);
        look(child, `${path}${key}.`);
      }
      for (const child of [schema.items, ...(schema.oneOf ?? []), ...Object.values(schema.$defs ?? {})])
        if (child !== undefined) look(child, path);
    };
    look(schemaOf(name), '');
    expect(missing).toEqual([]);
  });
});
