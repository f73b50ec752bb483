/** The files that make the package a Claude Code plugin, and a marketplace with that one plugin. */
import { CLAUDE_HOOKS, hooksOf } from './hook-table.ts';
import { PLUGIN_LAUNCH } from './launch.ts';
import { pluginSkills } from './skills.ts';

/** Fields of package.json that the manifests repeat. */
export interface PackageNames {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/** Texts by path in the package. Claude Code finds hooks and skills by their paths, so the manifest does not name them. */
export function pluginFiles({ name, version, description, license }: PackageNames): Readonly<Record<string, string>> {
  const author = { name: `the ${name} authors` };
  const hooks = Object.fromEntries(
    Object.entries(hooksOf(CLAUDE_HOOKS, PLUGIN_LAUNCH)).map(([event, group]) => [event, [group]]),
  );
  return {
    '.claude-plugin/plugin.json': json({ name, version, description, author, license }),
    '.claude-plugin/marketplace.json': json({
      name,
      description,
      owner: author,
      plugins: [{ name, source: './', description }],
    }),
    'hooks/hooks.json': json({ description: 'Slots, budgets and pauses at each event of a session', hooks }),
    ...Object.fromEntries(pluginSkills(PLUGIN_LAUNCH).map((skill) => [`skills/${skill.name}/SKILL.md`, skill.text])),
  };
}
