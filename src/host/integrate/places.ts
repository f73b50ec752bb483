/** Places of the settings of agent programs. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Variables } from '../../ports/host.ts';
import type { IntegrationChoice } from '../../ports/integration.ts';
import { homeOf } from '../home.ts';

export interface Whereabouts {
  readonly env: Variables;
  readonly cwd: string;
}

/** Root folder of the repository that contains the path, or the path itself. */
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

/** Absolute path of the file with an agent program's hooks. */
export function settingsFile({ agent, isProject }: IntegrationChoice, { env, cwd }: Whereabouts): string {
  const { folder, variable, file } = AGENTS[agent];
  if (isProject) return join(projectRoot(cwd), folder, file);
  return join(env[variable] ? resolve(cwd, env[variable]) : join(homeOf(env), folder), file);
}

/** Managed settings of the administrator, which override the user's own. */
export const MANAGED_SETTINGS = [
  '/etc/claude-code/managed-settings.json',
  '/Library/Application Support/ClaudeCode/managed-settings.json',
];
