/**
 * Runs the commands of one page, one block after the other, against a state of its own: ten slots, five of them for one
 * project. HOME is a temporary folder, which the page shows as /home/you.
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary, COMMANDS, cleanEnvironment, collect, ROOT, start, temporaryFolder } from '../helpers/cli.ts';

const SHOWN_HOME = '/home/you';
const SCENES = join(ROOT, 'test', 'docs', 'scenes');
/** Separators: the exit status of a command follows the first, the output of the next command the second. */
const [STATUS, OUTPUT] = ['\x1e', '\x1f'];

export interface Ran {
  readonly output: string;
  readonly status: number;
}

export interface Session {
  /** Runs commands in one shell, as a person types them; gives the output and errors of each. */
  run(commands: readonly string[]): Promise<readonly Ran[]>;
  /** Runs a script that has to succeed. */
  script(text: string): Promise<void>;
}

/**
 * `as NAME COMMAND` lets a living process of that name hold the slots, `ends NAME` ends that process, `fresh MAX PER`
 * makes a new state, `scene NAME` runs a script of test/docs/scenes.
 */
const PRELUDE = `
exec 2>&1 </dev/null
SLOTS="$RESOURCE_MANAGER_DIR/slots.yaml"
as() { RESOURCE_MANAGER_HOLDER_PID=$(cat "$HOLDERS/$1") "\${@:2}"; }
ends() { kill -KILL "$(cat "$HOLDERS/$1")"; while kill -0 "$(cat "$HOLDERS/$1")" 2>/dev/null; do sleep 0.05; done; }
quiet() { "$@" >/dev/null; }
minutes_ago() { date -u -d "-$1 minutes" +%Y-%m-%dT%H:%M:%S.000Z; }
scene() { . "${SCENES}/$1.sh"; }
fresh() {
  rm -rf "$RESOURCE_MANAGER_DIR"
  quiet resource-manager init --max "$1" --per-project "$2"
  quiet resource-manager config set slot_memory 0
}
done_() { local status=$?; printf '${STATUS}%s${OUTPUT}' "$status"; return $status; }
${COMMANDS.map((name) => `${name}() { "${process.execPath}" "${binary(name)}" "$@"; }; export -f ${name}`).join('\n')}
`;

const SUPERVISOR = 'me';

/** Names after `as` and `ends`. */
const namesIn = (text: string): string[] =>
  [...text.matchAll(/\b(?:as|ends) ([a-z]+)/g)].map((match) => match[1] as string);

const IN_SCENES = readdirSync(SCENES).flatMap((name) => namesIn(readFileSync(join(SCENES, name), 'utf8')));

/** A session for a page with these commands. */
export async function openSession(commands: string): Promise<Session> {
  const home = join(temporaryFolder(), 'you');
  const folder = join(home, '..', 'holders');
  for (const path of [home, folder]) mkdirSync(path);
  symlinkSync('/bin/sleep', join(folder, 'supervisor'));
  const pids = new Map<string, number>();
  for (const name of new Set([SUPERVISOR, ...namesIn(commands), ...(/\bscene /.test(commands) ? IN_SCENES : [])])) {
    const { pid } = start(join(folder, 'supervisor'), ['600'], { stdio: 'ignore' });
    pids.set(name, pid as number);
    writeFileSync(join(folder, name), String(pid));
  }
  const env = {
    ...cleanEnvironment({
      HOME: home,
      HOLDERS: folder,
      RESOURCE_MANAGER_DIR: join(home, '.resource-manager'),
      RESOURCE_MANAGER_HOLDER_PID: String(pids.get(SUPERVISOR)),
      COLUMNS: '100',
      TZ: 'UTC',
      LANG: 'C.UTF-8',
      CLAUDE_CONFIG_DIR: undefined,
      CODEX_HOME: undefined,
    }),
  };
  const shell = async (script: string): Promise<Ran> => {
    const { result } = collect(start('bash', ['-c', `${PRELUDE}\n${script}`], { cwd: home, env }));
    const { stdout, status } = await result;
    return { output: stdout.replaceAll(home, SHOWN_HOME), status: status ?? -1 };
  };
  const session: Session = {
    async run(commands) {
      const { output } = await shell(commands.map((command) => `${command}\ndone_`).join('\n'));
      const ran = output.split(STATUS).map((part, at, parts) => {
        const [status = ''] = (parts[at + 1] ?? '').split(OUTPUT);
        return { output: part.slice(part.indexOf(OUTPUT) + 1), status: Number(status) };
      });
      return ran.slice(0, -1);
    },
    async script(text) {
      const { output, status } = await shell(`set -e\n${text}`);
      if (status !== 0) throw new Error(`a script of the page ended with ${status}:\n${text}\n${output}`);
    },
  };
  await session.script('fresh 10 5');
  return session;
}
