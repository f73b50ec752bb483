/** Changes of an integration with an agent program, as text and as JSON. */

import type { AgentName } from '../core/integrate/wanted.ts';
import type { IntegrationPlan } from '../ports/integration.ts';
import type { Styles } from '../ports/styles.ts';
import { visible } from './text/columns.ts';
import { mark } from './text/styles.ts';

export interface IntegrationReport {
  readonly agent: AgentName;
  readonly file: string;
  readonly isInstall: boolean;
  readonly isDryRun: boolean;
  readonly plan: IntegrationPlan;
}

const NAMES: Readonly<Record<AgentName, string>> = { claude: 'Claude Code', codex: 'Codex' };

/** A coloured diff; tabs stay because they may be the indentation of the file. */
function differenceLines(difference: string, styles: Styles): string[] {
  if (difference === '') return [];
  return difference.split('\n').map((raw) => {
    const line = raw.split('\t').map(visible).join('\t');
    if (/^(?:---|\+\+\+) /.test(line)) return styles.bold(line);
    if (line.startsWith('+')) return styles.good(line);
    if (line.startsWith('-')) return styles.bad(line);
    return line.startsWith('@@') ? styles.dim(line) : line;
  });
}

export function integrationText({ agent, file, isInstall, isDryRun, plan }: IntegrationReport, styles: Styles): string {
  if (!plan.isChange)
    return isInstall
      ? `Nothing to change: ${file} is up to date.`
      : `Nothing to remove: ${file} has no entries of resource-manager.`;
  const lines = differenceLines(plan.difference, styles);
  lines.push(...plan.steps.map((step) => (isDryRun ? `would ${step}` : step)));
  if (isDryRun) lines.push('Dry run: nothing was changed.');
  else if (isInstall) {
    lines.push(`${mark(styles, '✅', '')}Integrated with ${NAMES[agent]}: ${file}`);
    if (plan.backup !== null) lines.push(`   previous version: ${plan.backup}`);
  } else lines.push(`${mark(styles, '✅', '')}Removed from ${NAMES[agent]}: ${file}`);
  return lines.join('\n');
}

export const integrationJson = ({ agent, file, isInstall, isDryRun, plan }: IntegrationReport): object => ({
  schema_version: 1,
  action: isInstall ? 'install' : 'uninstall',
  agent,
  file,
  changed: plan.isChange && !isDryRun,
  dry_run: isDryRun,
  added: plan.added,
  removed: plan.removed,
  backup: plan.backup,
  difference: plan.difference,
  steps: plan.steps,
  notes: plan.notes,
});
