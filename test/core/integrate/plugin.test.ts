/**
 * The plugin in the package: its files are generated from the same tables as an install, and they follow the rules of
 * `claude plugin validate`. After a change of a table: npx vitest run test/core/integrate -u
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hookWord } from '../../../src/core/integrate/hook-table.ts';
import { PLUGIN_LAUNCH } from '../../../src/core/integrate/launch.ts';
import { pluginFiles } from '../../../src/core/integrate/plugin.ts';
import { pluginSkills } from '../../../src/core/integrate/skills.ts';
import { ROOT } from '../../helpers/cli.ts';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const files = pluginFiles(manifest);
const onDisk = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const asJson = (path: string) => JSON.parse(onDisk(path));

const EVENTS = (
  'PreToolUse PostToolUse PostToolUseFailure PostToolBatch Notification UserPromptSubmit UserPromptExpansion SessionStart ' +
  'SessionEnd Stop StopFailure SubagentStart SubagentStop PreCompact PostCompact PermissionRequest PermissionDenied Setup ' +
  'TeammateIdle TaskCreated TaskCompleted Elicitation ElicitationResult ConfigChange WorktreeCreate WorktreeRemove ' +
  'InstructionsLoaded CwdChanged FileChanged'
).split(' ');
const WITH_MATCHER = ['PreToolUse', 'PostToolUse', 'PostToolUseFailure'];
const HANDLER_KEYS = ['type', 'if', 'timeout', 'statusMessage', 'async', 'asyncRewake', 'command', 'args', 'shell'];
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const SEMVER = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

it.each(Object.entries(files))('%s is as generated', async (path, text) => {
  await expect(text).toMatchFileSnapshot(join(ROOT, path));
});

it('has no other files', () => {
  for (const folder of ['.claude-plugin', 'hooks', 'skills']) {
    const found = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
    expect(found.sort()).toEqual(
      Object.keys(files)
        .filter((path) => path.startsWith(`${folder}/`))
        .sort(),
    );
  }
});

it('is packed', () => {
  expect(manifest.files).toEqual(expect.arrayContaining(['.claude-plugin', 'bin', 'dist', 'hooks', 'skills']));
});

describe('plugin.json', () => {
  it('has the fields that the validator requires', () => {
    const plugin = asJson('.claude-plugin/plugin.json');
    expect(plugin.name).toMatch(NAME);
    expect(plugin.version).toBe(manifest.version);
    expect(plugin.version).toMatch(SEMVER);
    expect(plugin.author).toEqual({ name: expect.stringMatching(/./) });
    for (const key of ['description', 'license']) expect(plugin[key]).toEqual(expect.stringMatching(/./));
  });

  it('does not name hooks and skills at their default paths, which is an error', () => {
    expect(Object.keys(asJson('.claude-plugin/plugin.json')).sort()).toEqual([
      'author',
      'description',
      'license',
      'name',
      'version',
    ]);
  });
});

it('marketplace.json offers the package itself', () => {
  const market = asJson('.claude-plugin/marketplace.json');
  expect(market.name).toMatch(NAME);
  expect(market.owner).toEqual({ name: expect.stringMatching(/./) });
  expect(market.plugins).toHaveLength(1);
  for (const { name, source } of market.plugins) {
    expect(name).toBe(asJson('.claude-plugin/plugin.json').name);
    expect(source).toMatch(/^\.\//);
    expect(source).not.toContain('..');
    expect(existsSync(join(ROOT, source, '.claude-plugin/plugin.json'))).toBe(true);
  }
});

it('hooks.json has known events, matchers only where they apply, and handlers with known fields', () => {
  const { hooks, ...rest } = asJson('hooks/hooks.json');
  expect(Object.keys(rest)).toEqual(['description']);
  for (const [event, groups] of Object.entries<Record<string, unknown>[]>(hooks)) {
    expect(EVENTS).toContain(event);
    expect(groups).toHaveLength(1);
    for (const { matcher, hooks: handlers, ...unknown } of groups) {
      expect(unknown).toEqual({});
      expect(typeof matcher === 'string').toBe(WITH_MATCHER.includes(event));
      for (const handler of handlers as Record<string, unknown>[]) {
        expect(HANDLER_KEYS).toEqual(expect.arrayContaining(Object.keys(handler)));
        expect(handler.type).toBe('command');
        expect(handler.timeout).toEqual(expect.any(Number));
        expect(handler.command).toBe(`node "\${CLAUDE_PLUGIN_ROOT}/bin/resource-manager.cjs" hook ${hookWord(event)}`);
      }
    }
  }
  expect(existsSync(join(ROOT, 'bin/resource-manager.cjs'))).toBe(true);
});

describe.each(pluginSkills(PLUGIN_LAUNCH).map(({ name }) => name))('the skill %s', (name) => {
  const read = () => {
    const [, head = '', body = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]+)$/.exec(onDisk(`skills/${name}/SKILL.md`)) ?? [];
    return { head, body, frontmatter: parse(head) };
  };

  it('has a head that the validator accepts', () => {
    const { head, frontmatter } = read();
    expect(frontmatter.name).toBe(name);
    expect(name).toMatch(NAME);
    expect(frontmatter.description.length).toBeLessThanOrEqual(1024);
    expect(head).not.toMatch(/[<>]/);
    expect(frontmatter['disable-model-invocation']).toBe(true);
    expect(typeof frontmatter['argument-hint']).toBe('string');
    expect(frontmatter['allowed-tools']).toMatch(/^Bash\(.+:\*\)$/);
  });

  it('runs one line, which is allowed and never fails', () => {
    const { body, frontmatter } = read();
    const [line, ...others] = [...body.matchAll(/!`([^`]+)`/g)].map((match) => match[1] as string);
    expect(others).toEqual([]);
    const allowed = frontmatter['allowed-tools'].slice('Bash('.length, -':*)'.length);
    expect(line?.startsWith(`${allowed} `)).toBe(true);
    expect(line).toMatch(/ --no-color \$ARGUMENTS 2>&1 \|\| true$/);
  });
});

it('resource-kill only shows the plan by itself', () => {
  const text = onDisk('skills/resource-kill/SKILL.md');
  expect(text).toMatch(/!`[^`]+ kill --dry-run --no-color \$ARGUMENTS/);
  expect(text).toMatch(/^allowed-tools: .*kill --dry-run:\*\)"$/m);
  expect(text).toContain('ask the user');
});

it('hook words are the event names in kebab case', () => {
  expect(['PreToolUse', 'SessionEnd', 'PostToolUseFailure'].map(hookWord)).toEqual([
    'pre-tool-use',
    'session-end',
    'post-tool-use-failure',
  ]);
});
