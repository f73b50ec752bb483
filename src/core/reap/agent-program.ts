/**
 * Recognises the programs of AI agents in the process table. One program has many looks: the native installer runs
 * `claude/versions/2.1.231`, and the kernel calls the process `2.1.231`; npm runs a script under node; packagers wrap
 * the file. A process is therefore judged by its name, the file it executes, its first word and its script.
 */
import type { ProcessDetail, ProcessRow } from './process-row.ts';

/** Names of programs, with the name that a person knows. */
const AGENTS: Readonly<Record<string, string>> = {
  claude: 'Claude',
  'claude-code': 'Claude',
  'claude-code-acp': 'Claude',
  'claude-agent-acp': 'Claude',
  codex: 'Codex',
  'codex-acp': 'Codex',
  gemini: 'Gemini',
  'gemini-cli': 'Gemini',
  opencode: 'OpenCode',
  qwen: 'Qwen',
  'qwen-code': 'Qwen',
  copilot: 'Copilot',
  'cursor-agent': 'Cursor',
  crush: 'Crush',
  goose: 'Goose',
  aider: 'Aider',
  amp: 'Amp',
  droid: 'Droid',
  auggie: 'Auggie',
  kilocode: 'Kilo Code',
  'kiro-cli': 'Kiro',
};

/** Packages of npm, with the name of their program. A package nested in one of them is another program. */
const PACKAGES: Readonly<Record<string, string>> = {
  '@anthropic-ai/claude-code': 'claude',
  '@anthropic-ai/claude-agent-sdk': 'claude',
  '@openai/codex': 'codex',
  '@google/gemini-cli': 'gemini',
  'opencode-ai': 'opencode',
  '@qwen-code/qwen-code': 'qwen',
  '@github/copilot': 'copilot',
  '@sourcegraph/amp': 'amp',
  '@augmentcode/auggie': 'auggie',
  '@kilocode/cli': 'kilocode',
};

/** First words under which an agent program runs itself as a tool of a session, such as its own search. */
const TOOLS = new Set(
  'ugrep ug bfs rg fd grep find apply_patch applypatch codex-linux-sandbox codex-execve-wrapper'.split(' '),
);

const INTERPRETERS = /^(?:node|nodejs|bun|bunx|deno|tsx|python[\d.]*|pypy[\d.]*|uv|uvx|(?:ba|da|z|k|a)?sh|MainThread)$/;
/** Options of interpreters that take the next word, and options after which there is no script. */
const TAKES_A_WORD =
  /^(?:-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|-W|-X|-o|-O)$/;
const IS_NO_SCRIPT = /^(?:-[a-z]*c|-e|-p|-pe|--eval|--print)$/;
/** Verbs of bun, deno and uv before the script. */
const VERBS = new Set(['run', 'x', 'tool', 'exec']);

/** What packagers and platforms add to a program's name. The kernel keeps 15 letters of it. */
const ADDED =
  /(?:-(?:linux|darwin|win32|windows|macos)-(?:x|ar|am|aa).*|-(?:x86_64|x64|aarch64|arm64).*|[-@]v?\d+\.\d.*)$/;
const VERSION = /^v?\d+\.\d+\.\d+(?:[-+.][\w.]+)?$/;

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Name of the agent that a file's name or a process's name stands for, or null. */
function agentNamed(name: string): string | null {
  const plain = name
    .toLowerCase()
    .replace(/^[.-]+/, '')
    .replace(/\.(?:exe|[cm]?[jt]s|py|sh)$/, '')
    .replace(/_?-wrapped_*$/, '')
    .replace(ADDED, '');
  return Object.hasOwn(AGENTS, plain) ? (AGENTS[plain] as string) : null;
}

/** Name of the agent whose file this is, by its own name, its package, or a folder with its versions. */
function agentOfFile(path: string): string | null {
  const named = agentNamed(baseOf(path));
  if (named !== null) return named;
  const versions = /\/([^/]+)\/versions\/[^/]+(?:\/|$)/.exec(path)?.[1];
  if (versions !== undefined && agentNamed(versions) !== null) return agentNamed(versions);
  const inModules = path.split('/node_modules/').at(-1) ?? '';
  const packaged = path.startsWith('npm:') ? path.slice(4).replace(/(.)@[^/]*$/, '$1') : inModules;
  const name = Object.keys(PACKAGES).find((key) => packaged === key || packaged.startsWith(`${key}/`));
  return name === undefined ? null : agentNamed(PACKAGES[name] as string);
}

/** Script that an interpreter executes, or null. Arguments of the script name nothing. */
function scriptOf(argv: readonly string[]): string | null {
  for (let at = 1; at < argv.length; at += 1) {
    const word = argv[at] as string;
    if (IS_NO_SCRIPT.test(word)) return null;
    if (word === '-m') return argv[at + 1] ?? null;
    if (TAKES_A_WORD.test(word)) at += 1;
    else if (!word.startsWith('-') && !VERBS.has(word)) return word;
  }
  return null;
}

/** First word of the command line: a path, or a title in which words follow the program's name. */
const firstWordOf = ([first = '']: readonly string[]): string => baseOf(first).split(' ')[0] ?? '';

/**
 * Name of the agent whose session this process may be, or null. In doubt it is one: a program whose file is named by a
 * version alone counts as a session of an unknown agent, with the name `agent`.
 */
export function agentOf({ command }: ProcessRow, { path, argv }: ProcessDetail): string | null {
  const first = firstWordOf(argv);
  if (TOOLS.has(first)) return null;
  const program = path === null ? command : baseOf(path);
  const script = INTERPRETERS.test(program) || INTERPRETERS.test(first) ? scriptOf(argv) : null;
  const named =
    agentNamed(command) ??
    agentOfFile(path ?? '') ??
    agentNamed(first) ??
    (script === null ? null : agentOfFile(script));
  return named ?? (VERSION.test(program) ? 'agent' : null);
}
