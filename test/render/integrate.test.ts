/** The output of `integrate` exactly: installed, nothing to do, taken out. */
import { describe, expect, it } from 'vitest';
import type { IntegrationPlan } from '../../src/ports/integration.ts';
import { type IntegrationReport, integrationText } from '../../src/render/integrate.ts';
import { STYLES } from '../helpers/styles.ts';

const FILE = '/home/me/.claude/settings.json';

const plan: IntegrationPlan = {
  isChange: true,
  added: ['statusLine'],
  removed: [],
  notes: [],
  backup: `${FILE}.before-resource-manager`,
  difference: `--- ${FILE}\n+++ ${FILE}\n@@ -1,3 +1,4 @@\n {\n-\t"model": "opus"\n+\t"model": "opus",\n+\t"statusLine": {}\n }`,
  steps: ['write /home/me/.claude/skills/resource-status/SKILL.md'],
  apply: () => undefined,
};
const nothing: IntegrationPlan = { ...plan, isChange: false, difference: '', steps: [] };

const REPORTS: readonly IntegrationReport[] = [
  { agent: 'claude', file: FILE, isInstall: true, isDryRun: false, plan },
  { agent: 'claude', file: FILE, isInstall: true, isDryRun: true, plan },
  { agent: 'codex', file: FILE, isInstall: false, isDryRun: false, plan: { ...plan, backup: null } },
  { agent: 'codex', file: FILE, isInstall: false, isDryRun: true, plan },
  { agent: 'claude', file: FILE, isInstall: true, isDryRun: false, plan: nothing },
  { agent: 'claude', file: FILE, isInstall: false, isDryRun: false, plan: nothing },
];

describe.each(Object.entries(STYLES))('%s', (name, styles) => {
  it('matches its golden', async () => {
    const text = REPORTS.map((report) => integrationText(report, styles)).join('\n\n');
    await expect(`${text}\n`).toMatchFileSnapshot(`../golden/integrate-${name}.txt`);
  });
});

it('prints no control characters of a settings file', () => {
  const odd = { ...plan, difference: ' "a": "\u001b[2J\u202e"' };
  const text = integrationText({ ...(REPORTS[0] as IntegrationReport), plan: odd }, STYLES.plain);
  for (const character of ['\u001b', '\u202e']) expect(text).not.toContain(character);
});
