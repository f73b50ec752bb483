import type { AgentName } from '../../core/integrate/wanted.ts';
import type { Sizing } from '../../core/sizing.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import type { Integration, OpenIntegration } from '../../ports/integration.ts';
import type { OpenStore, StateFolder } from '../../ports/store.ts';
import { integrationJson, integrationText } from '../../render/integrate.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { oneOf, usageError } from '../values.ts';

const AGENTS: readonly AgentName[] = ['claude', 'codex'];

export const spec: CommandSpec = {
  about:
    'Puts our hooks, limits and slash commands into the settings of a coding agent, so that its sessions ask for slots by themselves. --uninstall restores the file byte for byte.',
  examples: [
    ['resource-manager integrate claude --dry-run', 'what would change in ~/.claude/settings.json'],
    ['resource-manager integrate claude', 'every session on this machine asks for its slots by itself'],
    ['resource-manager integrate codex --project', 'only in this project: .codex/hooks.json'],
    ['resource-manager integrate claude --uninstall', 'the file byte for byte as it was'],
  ],
  operands: [{ name: 'claude|codex', required: true, help: 'agent program' }],
  options: [
    { name: 'user', help: 'change your own settings, for all projects (the default)' },
    { name: 'project', help: 'change the settings of the project in the working folder' },
    { name: 'dry-run', short: 'n', help: 'print the difference, and change nothing' },
    { name: 'uninstall', help: 'remove our entries, and nothing else' },
  ],
  verbs: { claude: 'the settings of Claude Code', codex: 'the hooks of Codex' },
};

/** The size of the pool. Without a state it is the size that a new pool would get; integrate creates none. */
async function poolOf(
  ports: Pick<StateFolder, 'hasState'> & OpenStore,
  integration: Integration,
  isInstall: boolean,
): Promise<Sizing> {
  if (!(await ports.hasState())) return integration.sizing();
  try {
    const { state, environment } = await (await ports.openStore()).read();
    return { maxSlots: state.maxSlots, maxPerProject: environment.settings.maxPerProject };
  } catch (error) {
    // The hooks can be removed even when the state cannot be read.
    if (!isInstall && error instanceof ExpectedError) return integration.sizing();
    throw error;
  }
}

export const run: RunCommand<Pick<StateFolder, 'hasState'> & OpenStore & OpenIntegration> = async (
  invocation,
  ports,
) => {
  const [named = ''] = invocation.operands;
  const agent = oneOf(AGENTS, named, `integrate does not support '${named}'`);
  if (invocation.has('user') && invocation.has('project'))
    throw usageError('--user and --project exclude each other', 'leave one of them out');
  const isInstall = !invocation.has('uninstall');
  const isDryRun = invocation.has('dry-run');
  const integration = await ports.openIntegration({ agent, isProject: invocation.has('project') });
  const pool = await poolOf(ports, integration, isInstall);
  const plan = isInstall ? integration.install(pool) : integration.uninstall(pool);
  if (!isDryRun) plan.apply();
  const report = { agent, file: integration.file, isInstall, isDryRun, plan };
  invocation.answer({
    json: () => integrationJson(report),
    text: () => integrationText(report, invocation.out.styles),
  });
  if (!invocation.has('json')) for (const text of plan.notes) invocation.note(`note: ${text}`);
  return EXIT.ok;
};
