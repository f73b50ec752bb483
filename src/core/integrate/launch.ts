/** The lines that agents run: how they are written, and how ours are told from others. */

export interface Launch {
  /** Shell words that start `resource-manager`, with the state's folder where one was named, and without a subcommand. */
  readonly words: string;
  /** The same without the folder. */
  readonly program: string;
  /** What names the folder behind a subcommand: an option and a space before it, or nothing. */
  readonly option: string;
}

/** A word as a POSIX shell takes it literally. */
export const shellWord = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The line for an installation: its own Node, its own file, and the state's folder where one was named. */
export function installedLaunch(node: string, file: string, dir: string | null): Launch {
  const program = `${shellWord(node)} ${shellWord(file)}`;
  if (dir === null) return { words: program, program, option: '' };
  return { words: `RESOURCE_MANAGER_DIR=${shellWord(dir)} ${program}`, program, option: ` --dir ${shellWord(dir)}` };
}

const PLUGIN_PROGRAM = `node "\${CLAUDE_PLUGIN_ROOT}/bin/resource-manager.cjs"`;

/** The line inside a plugin, whose folder only the agent knows. */
export const PLUGIN_LAUNCH: Launch = { words: PLUGIN_PROGRAM, program: PLUGIN_PROGRAM, option: '' };

const OURS = `(?:^|[\\s/'"])resource-manager(?:\\.cjs)?['"]?`;
const HOOK = new RegExp(`${OURS} hook [a-z-]+$`);
const WORD = `(?:'(?:[^']|'\\\\'')*'|"[^"$\`]*"|[\\w./-]+)`;
const LINE = new RegExp(`^(?:RESOURCE_MANAGER_DIR=${WORD} )?(?:${WORD} )?${WORD} (?:subagent-)?statusline$`);

/** Whether a hook's command is one of ours, of whatever version and place. */
export const isOurHook = (command: string): boolean => HOOK.test(command);

/** Whether a status line is ours and nothing else: a line of the user's own may well end in a call of ours. */
export const isOurLine = (command: string): boolean =>
  LINE.test(command) && new RegExp(`${OURS} (?:subagent-)?statusline$`).test(command);
