import { EXIT } from '../../errors.ts';
import { type CommandModule, type CommandSpec, type CommandTable, GLOBAL_OPTIONS } from '../command.ts';
import { usageError } from '../values.ts';

type Modules = ReadonlyMap<string, CommandModule>;

const SHELLS = ['bash', 'zsh', 'fish'];

const spec: CommandSpec = {
  about: 'Prints a script that completes commands, options and project names with the tab key.',
  examples: [
    ['eval "$(resource-manager completion bash)"', 'in ~/.bashrc'],
    ['eval "$(resource-manager completion zsh)"', 'in ~/.zshrc, after compinit'],
    ['resource-manager completion fish > ~/.config/fish/completions/resource-manager.fish', 'once'],
  ],
  operands: [{ name: 'bash|zsh|fish', required: true, help: 'the shell' }],
  options: [],
  verbs: { bash: 'for ~/.bashrc', zsh: 'for ~/.zshrc, after compinit', fish: 'for a file in ~/.config/fish/conf.d' },
};

const flags = ({ spec: { options } }: CommandModule): string[] =>
  [...options, ...GLOBAL_OPTIONS].map(({ name }) => `--${name}`);

/** Completion asks the program for the project names, so they are always current. */
const PROJECTS = `resource-status --json --quiet 2>/dev/null | tr ',{' '\\n\\n' | sed -n 's/^"project":"\\([^"]*\\)"$/\\1/p' | sort -u`;

const installedNames = (table: CommandTable): [installed: string, command: string][] =>
  Object.entries(table).flatMap(([command, { installed = [] }]) =>
    installed.map((name): [string, string] => [name, command]),
  );

function bash(table: CommandTable, modules: Modules): string {
  const cases = [...modules].map(([name, module]) => {
    const words = [...flags(module), ...Object.keys(module.spec.verbs ?? {})].join(' ');
    const projects = module.spec.operands.some((operand) => operand.name.includes('PROJECT'))
      ? ` $(_resource_manager_projects)`
      : '';
    return `    ${name}) COMPREPLY=($(compgen -W "${words}${projects}" -- "$word")) ;;`;
  });
  const installed = installedNames(table);
  return `_resource_manager_projects() { ${PROJECTS}; }
_resource_manager() {
  local word=\${COMP_WORDS[COMP_CWORD]} command=
  case \${COMP_WORDS[0]##*/} in
${installed.map(([name, command]) => `    ${name}) command=${command} ;;`).join('\n')}
    *) if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${[...modules.keys()].join(' ')}" -- "$word")); return; fi
       command=\${COMP_WORDS[1]} ;;
  esac
  case $command in
${cases.join('\n')}
  esac
}
complete -F _resource_manager resource-manager ${installed.map(([name]) => name).join(' ')}`;
}

function fish(table: CommandTable, modules: Modules): string {
  const lines = [`function __resource_manager_projects; ${PROJECTS}; end`, 'complete -c resource-manager -f'];
  for (const [name, module] of modules) {
    const { summary = '', installed: names = [] } = table[name] ?? {};
    lines.push(`complete -c resource-manager -n __fish_use_subcommand -a ${name} -d '${summary.replaceAll("'", '’')}'`);
    const takesProject = module.spec.operands.some((operand) => operand.name.includes('PROJECT'));
    for (const option of [...module.spec.options, ...GLOBAL_OPTIONS]) {
      const rest = `-l ${option.name}${option.short ? ` -s ${option.short}` : ''}${option.value && !option.optionalValue ? ' -x' : ''} -d '${option.help.replaceAll("'", '’')}'`;
      lines.push(`complete -c resource-manager -n '__fish_seen_subcommand_from ${name}' ${rest}`);
      for (const installed of names) lines.push(`complete -c ${installed} -f ${rest}`);
    }
    const words = takesProject ? '(__resource_manager_projects)' : Object.keys(module.spec.verbs ?? {}).join(' ');
    if (words === '') continue;
    lines.push(`complete -c resource-manager -n '__fish_seen_subcommand_from ${name}' -a '${words}'`);
    for (const installed of names) lines.push(`complete -c ${installed} -f -a '${words}'`);
  }
  return lines.join('\n');
}

/** The command that prints completion scripts for the commands of `table`. */
export const completionOf = (table: CommandTable): CommandModule<object> => ({
  spec,
  run: async (invocation) => {
    const [shell = ''] = invocation.operands;
    if (!SHELLS.includes(shell))
      throw usageError(`no completion for '${shell}'`, `expected one of: ${SHELLS.join(', ')}`);
    const modules = new Map<string, CommandModule>();
    for (const [name, { load }] of Object.entries(table)) modules.set(name, await load());
    const head = shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : '';
    const script = shell === 'fish' ? fish(table, modules) : `${head}${bash(table, modules)}`;
    invocation.answer({ json: () => ({ schema_version: 1, shell, script }), text: () => script });
    return EXIT.ok;
  },
});
