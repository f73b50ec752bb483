/** Skills beside a settings file. A skill of the same name that is not ours is never changed. */
import { dirname, join } from 'node:path';
import { isOurSkill, type Skill } from '../../core/integrate/skills.ts';
import { readBytes, removeEmptyFolders, removeFile, writeBytes } from './user-file.ts';

export interface SkillChange {
  /** Name such as `skills/resource-kill`. */
  readonly name: string;
  readonly path: string;
  readonly act: 'write' | 'replace' | 'remove' | 'leave';
  apply(): void;
}

const pathOf = (file: string, { name }: Skill): string => join(dirname(file), 'skills', name, 'SKILL.md');

/** Plans the changes of the skills; unchanged skills are left out. */
export function planSkills(file: string, skills: readonly Skill[], isInstall: boolean): SkillChange[] {
  return skills.flatMap((skill): SkillChange[] => {
    const path = pathOf(file, skill);
    const present = readBytes(path)?.toString('utf8') ?? null;
    const change = { name: `skills/${skill.name}`, path };
    if (present === (isInstall ? skill.text : null)) return [];
    if (present !== null && !isOurSkill(present))
      return isInstall ? [{ ...change, act: 'leave', apply: () => undefined }] : [];
    const write = (): void => writeBytes(path, Buffer.from(skill.text));
    const remove = (): void => {
      removeFile(path);
      removeEmptyFolders(dirname(path), dirname(dirname(path)));
    };
    if (!isInstall) return [{ ...change, act: 'remove', apply: remove }];
    return [{ ...change, act: present === null ? 'write' : 'replace', apply: write }];
  });
}
