/** Where agents keep their settings. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { IntegrationChoice } from '../../ports/context.ts';
import type { Variables } from '../../ports/processes.ts';

export interface Whereabouts {
  readonly env: Variables;
  readonly cwd: string;
}

/** The folder of the repository in which a path is, or the path itself. */
function projectRoot(cwd: string): string {
  for (let at = cwd; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return cwd;
  }
}

const AGENTS = {
  claude: { folder: '.claude', variable: 'CLAUDE_CONFIG_DIR', file: 'settings.json' },
  codex: { folder: '.codex', variable: 'CODEX_HOME', file: 'hooks.json' },
} as const;

/** The file that takes an agent's hooks; an absolute path. */
export function settingsFile({ agent, isProject }: IntegrationChoice, { env, cwd }: Whereabouts): string {
  const { folder, variable, file } = AGENTS[agent];
  if (isProject) return join(projectRoot(cwd), folder, file);
  return join(env[variable] ? resolve(cwd, env[variable]) : join(env.HOME || homedir(), folder), file);
}

/** Settings of whoever runs the machine, which stand above the user's own. */
export const MANAGED_SETTINGS = [
  '/etc/claude-code/managed-settings.json',
  '/Library/Application Support/ClaudeCode/managed-settings.json',
];
