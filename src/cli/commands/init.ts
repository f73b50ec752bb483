import { EXIT } from '../../errors.ts';
import type { MakeState } from '../../ports/store.ts';
import { initJson } from '../../render/json/json.ts';
import { slotsWord } from '../../render/text/counts.ts';
import { mark } from '../../render/text/styles.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { count, usageError } from '../values.ts';

export const spec: CommandSpec = {
  about:
    'Creates the state: slots.yaml and config.yaml. The size of the pool follows from processors and memory unless --max says otherwise. A state that exists is left alone; other sizes for it are refused.',
  examples: [
    ['resource-manager init', 'in ~/.resource-manager, or where RESOURCE_MANAGER_DIR says'],
    ['resource-manager init --max 20 --per-project 10', 'with your own figures'],
    [
      'sudo resource-manager init --system --group agents',
      'one for the members of agents, in /var/lib/resource-manager',
    ],
  ],
  operands: [],
  options: [
    { name: 'max', value: 'N', help: 'number of slots in all', default: 'by cores and memory' },
    { name: 'per-project', value: 'N', help: 'largest number of slots of one project', default: 'by cores and memory' },
    {
      name: 'system',
      help: 'the one pool of the machine, in /var/lib/resource-manager: /etc/resource-manager.yaml points all users at it, and the members of its group can use it',
    },
    {
      name: 'group',
      value: 'GROUP',
      help: 'with --system: the group whose members can use it',
      default: 'that of root',
    },
  ],
  exits: [
    [66, 'there is no such group'],
    [73, 'the folder or the file cannot be created'],
  ],
};

export const run: RunCommand<MakeState> = async (invocation, ports) => {
  if (invocation.has('system') && invocation.has('dir')) {
    throw usageError('--system and --dir exclude each other', 'leave one of them out; --system has a fixed folder');
  }
  const group = invocation.option('group', (text) => text) ?? null;
  if (group !== null && !invocation.has('system'))
    throw usageError('--group needs --system', 'a pool for a group: sudo resource-manager init --system --group GROUP');
  const wanted = {
    maxSlots: invocation.option('max', (text) => count('--max', text)),
    maxPerProject: invocation.option('per-project', (text) => count('--per-project', text)),
  };
  const made = await ports.makeState({ ...wanted, system: invocation.has('system'), group });
  const { dir, created, maxSlots, maxPerProject } = made;
  const changes = [
    ...(wanted.maxSlots === null || wanted.maxSlots === maxSlots ? [] : [`set-max ${wanted.maxSlots}`]),
    ...(wanted.maxPerProject === null || wanted.maxPerProject === maxPerProject
      ? []
      : [`resource-manager config set max_per_project ${wanted.maxPerProject}`]),
  ];
  if (changes.length > 0)
    throw usageError(
      `${dir} exists already, with ${slotsWord(maxSlots)}, at most ${maxPerProject} per project`,
      `change its size: ${changes.join(' && ')}`,
    );
  invocation.answer({
    json: () => initJson(made),
    text: () => {
      const sized = `${slotsWord(maxSlots)}, at most ${maxPerProject} per project`;
      const { styles } = invocation.out;
      const first = created
        ? `${mark(styles, '✅', '')}Created ${dir}: ${sized}`
        : `${dir} exists already and is unchanged: ${sized}`;
      return made.group === null ? first : `${first}\n${sharedText(dir, made.group, group === null)}`;
    },
  });
  return EXIT.ok;
};

/** The users who can use the pool, and the command for more of them. */
const sharedText = (dir: string, group: string, isGiven: boolean): string =>
  `   Only root and the members of the group ${group} can use it: sudo usermod -aG ${group} USER${
    isGiven ? `\n   Another group: sudo chgrp -Rh GROUP ${dir}` : ''
  }`;
