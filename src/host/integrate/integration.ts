/** Settings and skills of one agent program: plans an install or an uninstall, then carries the plan out. */
import { dirname } from 'node:path';
import { installedLaunch } from '../../core/integrate/launch.ts';
import { installedSkills } from '../../core/integrate/skills.ts';
import { type Wanted, wantedOf } from '../../core/integrate/wanted.ts';
import { type MachineSize, sizeFor } from '../../core/sizing.ts';
import type { Integration, IntegrationChoice, IntegrationPlan } from '../../ports/integration.ts';
import { differenceOf } from './difference.ts';
import { MANAGED_SETTINGS, settingsFile, type Whereabouts } from './places.ts';
import { planInstall, planUninstall, type SettingsChange } from './settings-change.ts';
import { planSkills, type SkillChange } from './skill-files.ts';
import { readBytes, removeEmptyFolders } from './user-file.ts';

export interface IntegrationOptions extends IntegrationChoice, Whereabouts {
  /** Absolute path of the state's folder, if the user named one. */
  readonly dir: string | null;
  readonly program: string;
  readonly size: MachineSize;
  /** Files of managed settings; tests use their own. */
  readonly managed?: readonly string[];
}

/** Reasons in the managed settings why no user hook runs on this machine. */
function managedNotes(files: readonly string[]): string[] {
  for (const file of files) {
    let settings: unknown;
    try {
      settings = JSON.parse(readBytes(file)?.toString('utf8') ?? '{}');
    } catch {
      // An unreadable or unknown file gives none.
      continue;
    }
    const { disableAllHooks, allowManagedHooksOnly } = (settings ?? {}) as Record<string, unknown>;
    if (disableAllHooks === true) return [`${file} has disableAllHooks: the hooks will not run`];
    if (allowManagedHooksOnly === true) return [`${file} has allowManagedHooksOnly: the hooks will not run`];
  }
  return [];
}

const keptNote = (name: string, wanted: Wanted, words: string): string => {
  const variable = wanted.env[name.replace('env.', '')];
  if (variable !== undefined) return `${name} is yours and was left as it is (ours would be ${variable})`;
  const verb = name === 'statusLine' ? 'statusline' : 'subagent-statusline';
  return `${name} is yours and was left as it is; for ours beside it, have your script pass its standard input on to: ${words} ${verb}`;
};

export function openIntegration(options: IntegrationOptions): Integration {
  const { agent, isProject, dir, program, size, managed = MANAGED_SETTINGS } = options;
  const { memoryBytes } = size;
  const file = settingsFile(options, options);
  const launch = installedLaunch(process.execPath, program, dir);
  const skills = agent === 'claude' ? installedSkills(launch) : [];

  const planOf = (settings: SettingsChange, files: readonly SkillChange[], notes: string[]): IntegrationPlan => {
    const named = (...acts: readonly SkillChange['act'][]): string[] =>
      files.filter(({ act }) => acts.includes(act)).map(({ name }) => name);
    const changes = files.filter(({ act }) => act !== 'leave');
    return {
      isChange: settings.before !== settings.after || changes.length > 0,
      added: [...settings.added, ...named('write', 'replace')],
      removed: [...settings.removed, ...named('replace', 'remove')],
      notes,
      backup: settings.backup,
      difference: differenceOf(file, settings.before, settings.after),
      steps: changes.map(({ act, path }) => `${act} ${path}`),
      apply() {
        settings.apply();
        for (const change of changes) change.apply();
      },
    };
  };

  return {
    file,
    sizing: () => sizeFor(size),
    install(pool) {
      const wanted = wantedOf(agent, launch, pool, memoryBytes);
      const settings = planInstall(file, wanted);
      const files = planSkills(file, skills, true);
      const notes = settings.kept.map((name) => keptNote(name, wanted, launch.words));
      for (const { act, path } of files) if (act === 'leave') notes.push(`${path} is yours and was left as it is`);
      if (settings.hasHooksOff) notes.push(`${file} has disableAllHooks: the hooks will not run`);
      if (agent === 'claude') notes.push(...managedNotes(managed));
      if (isProject) notes.push(`the lines name paths of this machine; think twice before others get ${file}`);
      if (agent === 'codex') notes.push('Codex asks at its next start whether to trust the hooks');
      return planOf(settings, files, notes);
    },
    uninstall(pool) {
      const settings = planUninstall(file, wantedOf(agent, launch, pool, memoryBytes));
      const files = planSkills(file, skills, false);
      const notes = settings.isBackupLeft
        ? [`${file} was changed since, so only ours was taken out; as it was before, it stays in ${settings.backup}`]
        : [];
      const plan = planOf(settings, files, notes);
      return {
        ...plan,
        apply() {
          plan.apply();
          // The folder may be made for the file; it is empty only once the skills are gone.
          if (settings.after === '' && settings.before !== '') removeEmptyFolders(dirname(file));
        },
      };
    },
  };
}
