/** Shell lines that agent programs run: how ours are written and recognized. */
export interface Launch {
  /** Shell words that start `resource-manager` without a subcommand, with the state folder if one is given. */
  readonly words: string;
  /** `words` without the state folder. */
  readonly program: string;
  /** ` --dir FOLDER` for use after a subcommand, or an empty string. */
  readonly option: string;
}

/** Quotes a word for a POSIX shell. */
export const shellWord = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Launch of an installation: its Node, its file, and the state folder if one is given. */
export function installedLaunch(node: string, file: string, dir: string | null): Launch {
  const program = `${shellWord(node)} ${shellWord(file)}`;
  if (dir === null) return { words: program, program, option: '' };
  return { words: `RESOURCE_MANAGER_DIR=${shellWord(dir)} ${program}`, program, option: ` --dir ${shellWord(dir)}` };
}

const PLUGIN_PROGRAM = `node "\${CLAUDE_PLUGIN_ROOT}/bin/resource-manager.cjs"`;

/** Launch of the plugin, whose folder only the agent program knows. */
export const PLUGIN_LAUNCH: Launch = { words: PLUGIN_PROGRAM, program: PLUGIN_PROGRAM, option: '' };

const OURS = `(?:^|[\\s/'"])resource-manager(?:\\.cjs)?['"]?`;
const HOOK = new RegExp(`${OURS} hook [a-z-]+$`);
const WORD = `(?:'(?:[^']|'\\\\'')*'|"[^"$\`]*"|[\\w./-]+)`;
const LINE = new RegExp(`^(?:RESOURCE_MANAGER_DIR=${WORD} )?(?:${WORD} )?${WORD} (?:subagent-)?statusline$`);

/** Whether a hook's command is ours, of any version and in any folder. */
export const isOurHook = (command: string): boolean => HOOK.test(command);

/** Whether a status line is ours alone; a line of the user may end in a call of ours. */
export const isOurLine = (command: string): boolean =>
  LINE.test(command) && new RegExp(`${OURS} (?:subagent-)?statusline$`).test(command);
