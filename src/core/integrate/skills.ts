/** Slash commands for Claude Code. Each is a SKILL.md with a command that runs before the prompt is sent. */
import type { Launch } from './launch.ts';

export interface Skill {
  readonly name: string;
  /** The text of its SKILL.md. */
  readonly text: string;
}

/** Distinguishes a skill that we installed in a settings folder from the user's own. */
const MARK =
  '<!-- Put here by `resource-manager integrate`, which takes it away again; without this line it is yours. -->';

export const isOurSkill = (text: string): boolean => text.split(/\r?\n/).includes(MARK);

interface SkillSpec {
  readonly name: string;
  readonly description: string;
  readonly hint: string;
  /** Words after `resource-manager` that may run without a permission prompt. */
  readonly allowed: string;
  readonly body: (launch: Launch) => string;
}

/** The folder follows the subcommand, so that the line begins with the allowed words. */
const line = ({ program, option }: Launch, command: string): string => `${program} ${command}${option} --no-color`;

/** A line that Claude Code replaces by its output; an exit status other than 0 would end the skill. */
const shown = (launch: Launch, command: string): string => `!\`${line(launch, command)} $ARGUMENTS 2>&1 || true\``;

const AS_IT_IS = 'Show the block above as it is, in a code block, and nothing more.';

const SKILLS: readonly SkillSpec[] = [
  {
    name: 'resource-status',
    description: 'Show the agent slots of this machine, the queue for them, its memory and its health',
    hint: '[PROJECT]',
    allowed: 'status',
    body: (launch) => `${shown(launch, 'status')}\n\n${AS_IT_IS}`,
  },
  {
    name: 'resource-kill',
    description: 'End all agents of a project and give their slots back, after showing the plan and asking',
    hint: 'PROJECT',
    allowed: 'kill --dry-run',
    body: (launch) => `${shown(launch, 'kill --dry-run')}

The block above is the plan. Nothing has been ended yet. Show it as it is, in a code block.

- If it is an error, or names nothing to end, stop here.
- Otherwise ask the user whether to end all of that, and wait for the answer.
- Only after a clear yes, run the line below once with the Bash tool, and show what it prints as it is.

\`\`\`
${line(launch, 'kill')} -y $ARGUMENTS
\`\`\``,
  },
  {
    name: 'resource-set-max',
    description: 'Set how many agents may run at once on this machine, over all projects',
    hint: 'N',
    allowed: 'set-max',
    body: (launch) => `${shown(launch, 'set-max')}\n\n${AS_IT_IS}`,
  },
];

function skillText({ name, description, hint, allowed, body }: SkillSpec, launch: Launch, end: string): string {
  return `---
name: ${name}
description: ${description}
argument-hint: ${JSON.stringify(hint)}
disable-model-invocation: true
allowed-tools: ${JSON.stringify(`Bash(${launch.program} ${allowed}:*)`)}
---

${body(launch)}
${end}`;
}

/** The skills for a settings folder. */
export const installedSkills = (launch: Launch): readonly Skill[] =>
  SKILLS.map((spec) => ({ name: spec.name, text: skillText(spec, launch, `\n${MARK}\n`) }));

/** The skills of the plugin, which are removed together with it. */
export const pluginSkills = (launch: Launch): readonly Skill[] =>
  SKILLS.map((spec) => ({ name: spec.name, text: skillText(spec, launch, '') }));
