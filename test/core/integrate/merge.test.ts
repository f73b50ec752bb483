/** Merging our lines into a settings file and removing them: the user's text stays as it is, to the byte. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { installedLaunch, isOurHook, isOurLine } from '../../../src/core/integrate/launch.ts';
import { merge } from '../../../src/core/integrate/merge.ts';
import { unmerge } from '../../../src/core/integrate/unmerge.ts';
import { sessionCaps, wantedOf } from '../../../src/core/integrate/wanted.ts';
import { read, SHAPES, wanted } from './shapes.ts';

type Settings = Record<string, unknown> & {
  hooks?: Record<string, { hooks: { command?: string }[] }[]>;
  env?: Record<string, string>;
};

const parsed = (text: string): Settings => JSON.parse(text);
const withBefore = (text: string, before: string | null) =>
  merge(text, read, wanted, before === null ? null : read(before));

const commandsOf = (settings: Settings, event: string): string[] =>
  (settings.hooks?.[event] ?? []).flatMap(({ hooks }) => hooks.map(({ command }) => command ?? ''));

/** The user's part of the present settings, in its order. */
function usersPart(now: Settings): Settings {
  const own = (command: string | undefined): boolean => isOurHook(command ?? '');
  const hooks = Object.entries(now.hooks ?? {}).flatMap(([event, groups]) => {
    const left = groups.filter((group) => !group.hooks.some(({ command }) => own(command)));
    return left.length > 0 ? [[event, left] as const] : [];
  });
  return { ...now, hooks: Object.fromEntries(hooks) };
}

/** Without empty members, which an uninstall without a backup cannot distinguish from its own. */
const withoutEmpty = ({ hooks, env, ...rest }: Settings): Settings => ({
  ...rest,
  ...(Object.values(hooks ?? {}).flat().length > 0 ? { hooks } : {}),
  ...(Object.keys(env ?? {}).length > 0 ? { env } : {}),
});

const TEXTS = Object.entries(SHAPES).flatMap(([name, text]) =>
  text === null ? [] : [[name, text.replace(/^\ufeff/, '')] as const],
);

describe.each(TEXTS)('%s', (_name, text) => {
  const before = parsed(text);
  const merged = withBefore(text, null);
  const now = parsed(merged.text);

  it('has our hook once per event', () => {
    for (const [event, { hooks }] of Object.entries(wanted.hooks))
      expect(commandsOf(now, event).filter(isOurHook)).toEqual(hooks.map(({ command }) => command));
  });

  it('keeps all settings of the user, in their order', () => {
    const part = usersPart(now);
    for (const [event, groups] of Object.entries(before.hooks ?? {}))
      if (groups.length > 0) expect(part.hooks?.[event]).toEqual(groups);
    for (const [key, value] of Object.entries(before)) {
      if (key === 'env') expect(now.env).toMatchObject(value as object);
      else if (key !== 'hooks') expect(now[key]).toEqual(value);
    }
    const order = Object.keys(now).filter((key) => Object.hasOwn(before, key));
    expect(order).toEqual(Object.keys(before));
  });

  it('does not change when merged again', () => {
    const again = withBefore(merged.text, text);
    expect(again).toMatchObject({ text: merged.text, added: [], removed: [] });
    expect(withBefore(merged.text, null)).toMatchObject({ text: merged.text, added: [], removed: [] });
  });

  it('comes back to the byte even without the backup, except for empty members', () => {
    const bare = unmerge(merged.text, read, wanted, null).text;
    if (/\{\s*\}\s*$|"Stop": \[\]|"hooks":\{\}/.test(text))
      expect(withoutEmpty(parsed(bare))).toEqual(withoutEmpty(before));
    else expect(bare).toBe(text);
  });

  it('keeps the user’s lines to the byte', () => {
    const lines = new Set(merged.text.split('\n'));
    const kept = text.split('\n').filter((line) => lines.has(line) || lines.has(line.replace(/(\r?)$/, ',$1')));
    if (text.includes('\n') && Object.keys(before).length > 0)
      expect(kept.length).toBeGreaterThanOrEqual(text.split('\n').length - 3);
  });
});

it('new settings have the layout of the file', () => {
  const tabs = withBefore(SHAPES.tabs as string, null).text;
  expect(tabs).toContain('\n\t"hooks": {\n\t\t"SessionStart": [\n\t\t\t{\n\t\t\t\t"hooks": [');
  expect(tabs).not.toMatch(/^ /m);
  expect(tabs).toContain('\t\t"FOO": "1",\n\t\t"CLAUDE_CODE_MAX_CONCURRENT_SUBAGENTS": "5",\n');
  expect(withBefore(SHAPES['one compact line'] as string, null).text).not.toMatch(/\n|": |, "/);
  expect(withBefore(SHAPES['one compact line with empty parts'] as string, null).text).not.toMatch(/\n|": |, "/);
  expect(withBefore(SHAPES['CRLF line ends'] as string, null).text.replaceAll('\r\n', '')).not.toContain('\n');
  expect(withBefore(SHAPES['four spaces'] as string, null).text).toContain('\n    "hooks": {\n        "SessionStart"');
});

it('the user’s settings of the same names stay, and are listed', () => {
  const { kept, text } = withBefore(SHAPES['unusual order and layout'] as string, null);
  expect(kept).toEqual(['env.CLAUDE_CODE_MAX_CONCURRENT_SUBAGENTS', 'statusLine']);
  expect(parsed(text)).toMatchObject({ env: { CLAUDE_CODE_MAX_CONCURRENT_SUBAGENTS: '7' }, subagentStatusLine: {} });
});

describe('another version', () => {
  const moved = wantedOf(
    'claude',
    installedLaunch('/new/node', '/new/bin/resource-manager.cjs', '/state'),
    { maxSlots: 20, maxPerProject: 10 },
    2 ** 36,
  );

  it('replaces our lines in place, and no others', () => {
    const text = SHAPES['hooks on the same events'] as string;
    const first = withBefore(text, null).text;
    const second = merge(first, read, moved, read(text));
    expect(second.text).not.toContain('/opt/');
    expect(second.text.split('\n').length).toBe(first.split('\n').length);
    expect(second.added).toEqual(second.removed);
    expect(second.added).toContain('env.CLAUDE_CODE_TOOL_MEMORY_LIMIT');
    expect(unmerge(second.text, read, wanted, read(text)).text).toBe(text);
    expect(second.text).toBe(merge(text, read, moved, null).text);
  });

  it('removes duplicates, our hooks of obsolete events, and ours among the user’s handlers', () => {
    const ours = '{ "type": "command", "command": "resource-manager hook stop" }';
    const text = `{ "hooks": {
      "Gone": [{ "hooks": [${ours}] }],
      "Stop": [{ "hooks": [${ours}] }, { "hooks": [${ours}] }, { "hooks": [{ "command": "mine" }, ${ours}] }]
    } }`;
    const { text: now, removed } = withBefore(text, null);
    expect(removed).toEqual(expect.arrayContaining(['hooks.Gone', 'hooks.Stop']));
    expect(parsed(now).hooks).not.toHaveProperty('Gone');
    expect(commandsOf(parsed(now), 'Stop')).toEqual([wanted.hooks.Stop?.hooks[0]?.command, 'mine']);
    expect(parsed(unmerge(now, read, wanted, null).text)).toEqual({
      hooks: { Stop: [{ hooks: [{ command: 'mine' }] }] },
    });
  });
});

it('removes the rest of our settings when the user has removed a part', () => {
  const text = SHAPES['four spaces'] as string;
  const now = parsed(withBefore(text, null).text);
  delete now.statusLine;
  delete now.hooks?.Stop;
  delete now.env;
  const bare = unmerge(JSON.stringify(now, null, 4), read, wanted, null);
  expect(parsed(bare.text)).toEqual(parsed(text));
  expect(bare.removed).not.toContain('hooks.Stop');
});

it('keeps a variable of the user’s that has our value by chance', () => {
  const text = '{ "env": { "CLAUDE_CODE_TOOL_MEMORY_LIMIT": "16G" } }';
  const merged = withBefore(text, null).text;
  expect(unmerge(merged, read, wanted, read(text)).text).toBe(text);
});

describe('our lines are recognized', () => {
  it.each([
    ["'/n' '/a/bin/resource-manager.cjs' hook stop", true],
    ["RESOURCE_MANAGER_DIR='/s' '/n' '/it'\\''s/resource-manager.cjs' hook pre-tool-use", true],
    [`node "\${X}/bin/resource-manager.cjs" hook stop`, true],
    ['resource-manager hook stop', true],
    ['my-resource-manager hook stop', false],
    ['resource-manager hook stop && mine', false],
    ['resource-manager status', false],
  ])('%s as a hook', (command, want) => expect(isOurHook(command)).toBe(want));

  it.each([
    ["'/n' '/a/bin/resource-manager.cjs' statusline", true],
    ["RESOURCE_MANAGER_DIR='/s t' '/n' '/it'\\''s/resource-manager.cjs' subagent-statusline", true],
    ['resource-manager statusline', true],
    ['tee /tmp/x | resource-manager statusline', false],
    ['my.sh; resource-manager statusline', false],
    ['my-statusline', false],
  ])('%s as a status line', (command, want) => expect(isOurLine(command)).toBe(want));
});

it.each([
  [{ maxSlots: 20, maxPerProject: 5 }, 64, '5', '16G'],
  [{ maxSlots: 50, maxPerProject: 40 }, 64, '20', '51G'],
  [{ maxSlots: 4, maxPerProject: 10 }, 16, '4', '16G'],
  [{ maxSlots: 20, maxPerProject: 1 }, 4, '1', '1G'],
  [{ maxSlots: 0, maxPerProject: 10 }, 8, '1', '8G'],
])('limits a session to its share: %j of %i GiB', (pool, gib, wantAgents, wantMemory) => {
  expect(sessionCaps(pool, gib * 2 ** 30)).toEqual({
    CLAUDE_CODE_MAX_CONCURRENT_SUBAGENTS: wantAgents,
    CLAUDE_CODE_TOOL_MEMORY_LIMIT: wantMemory,
  });
});

describe('with any file in any layout', () => {
  const gap = fc.constantFrom('', '', ' ', '\n', '\n  ', '\r\n\t', '  \n\n ', '\t');
  const group = fc.record({
    matcher: fc.string(),
    hooks: fc.array(fc.record({ type: fc.constant('command'), command: fc.string(), timeout: fc.nat() }), {
      minLength: 1,
    }),
  });
  const event = fc.constantFrom('Stop', 'PreToolUse', 'SessionEnd', 'Notification', 'Odd');
  const hooks = fc.dictionary(event, fc.array(group, { minLength: 1, maxLength: 3 }), { minKeys: 1 });
  const env = fc.dictionary(fc.constantFrom('A', 'B', 'PATH', '__proto__x'), fc.string(), { minKeys: 1 });
  const settings = fc
    .tuple(
      fc.dictionary(
        fc.string().filter((key) => !/^(?:hooks|env|statusLine|subagentStatusLine|__proto__)$/.test(key)),
        fc.jsonValue({ maxDepth: 3 }),
      ),
      fc.option(hooks),
      fc.option(env),
      fc.boolean(),
      fc.infiniteStream(gap),
    )
    .map(([others, ownHooks, ownEnv, isLast, gaps]) => {
      const own = { ...(ownHooks ? { hooks: ownHooks } : {}), ...(ownEnv ? { env: ownEnv } : {}) };
      const value = isLast ? { ...others, ...own } : { ...own, ...others };
      return { value, text: laidOut(value, () => gaps.next().value as string) };
    });

  function laidOut(value: unknown, next: () => string): string {
    if (Array.isArray(value))
      return `[${next()}${value.map((item) => laidOut(item, next)).join(`${next()},${next()}`)}${next()}]`;
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    const members = Object.entries(value).map(
      ([key, item]) => `${JSON.stringify(key)}${next()}:${next()}${laidOut(item, next)}`,
    );
    return `{${next()}${members.join(`${next()},${next()}`)}${next()}}`;
  }

  it('merging and removing gives the original text, even without the backup', () => {
    fc.assert(
      fc.property(settings, ({ value, text }) => {
        const merged = withBefore(text, null).text;
        expect(parsed(merged)).toMatchObject(wantedMembers);
        expect(withBefore(merged, null).text).toBe(merged);
        if (Object.keys(value).length === 0) return;
        expect(unmerge(merged, read, wanted, null).text).toBe(text);
        expect(unmerge(merged, read, wanted, read(text)).text).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('an edit of the user in between stays, to the byte', () => {
    fc.assert(
      fc.property(settings, gap, ({ text, value }, space) => {
        if (Object.keys(value).length === 0) return;
        const insert = (into: string): string => into.replace('{', `{${space}"their own":${space}[1],`);
        const merged = withBefore(text, null).text;
        expect(unmerge(insert(merged), read, wanted, read(text)).text).toBe(insert(text));
      }),
    );
  });

  const wantedMembers = { env: wanted.env, statusLine: wanted.lines.statusLine };
});
