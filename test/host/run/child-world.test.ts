/** `run` passes the caller's world on: environment, descriptors, limits and umask. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { binary, sandbox, temporaryFolder } from '../../helpers/cli.ts';

/** Names of scripts and shells, and names that no shell can have. */
const VARIABLES: Readonly<Record<string, string>> = {
  ...{ PATH: process.env.PATH ?? '', HOME: '/' },
  ...{ dir: '/data', node: 'x', mark: 'y', folder: 'z', score: '1', program: 'p', line: 'l', seconds: '9', word: 'w' },
  ...{ IFS: ',', PS4: '+', OPTIND: '7', PWD: '/nowhere', OLDPWD: '/never', SHLVL: '5', _: 'before', ENV: '/no/file' },
  ...{ 'a-b': 'c', 'with space': 'and\nnewline', empty: '', 'BASH_FUNC_greet%%': '() {  echo hello\n}' },
};
const isOurs = (entry: string): boolean => entry.startsWith('RESOURCE_MANAGER_');

const entriesOf = (text: string): string[] =>
  text
    .split('\0')
    .filter((entry) => entry !== '' && !isOurs(entry))
    .sort();

describe.each(['ledger', 'auto'])('with containment %s, the command gets', (containment) => {
  const runWords = (): { words: string[]; dir: string } => {
    const { dir } = sandbox(4, { config: `containment: ${containment}\n` });
    return { words: [binary('resource-manager'), 'run', 'odin', '--dir', dir, '--'], dir };
  };

  it('the environment as it came, and the exported functions of its caller', () => {
    const of = (command: readonly string[]) => {
      const [program = '', ...words] = command;
      return spawnSync(program, words, { encoding: 'utf8', env: VARIABLES });
    };
    const plain = of(['cat', '/proc/self/environ']);
    const inside = of([process.execPath, ...runWords().words, 'cat', '/proc/self/environ']);
    expect(inside.stderr).toBe('');
    expect(entriesOf(inside.stdout)).toEqual(entriesOf(plain.stdout));
    expect(entriesOf(plain.stdout)).toHaveLength(Object.keys(VARIABLES).length);
    expect(of([process.execPath, ...runWords().words, 'bash', '-c', 'greet']).stdout).toBe('hello\n');
  });

  /** Output of a bash script, in which `run COMMAND` runs a command under a lease. */
  const inBash = (script: string): string => {
    const function_ = `run() { '${process.execPath}' ${runWords().words.join(' ')} "$@"; }\ncd ${temporaryFolder()}\n`;
    const { stdout, stderr } = spawnSync('bash', ['-c', function_ + script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout;
  };

  it('the descriptors of its caller, at their numbers, and no others', () => {
    const script = 'echo five > a; echo nine > b; run bash -c "cat <&5; cat <&9; echo seven >&7" 5< a 9< b 7> c; cat c';
    expect(inBash(script)).toBe('five\nnine\nseven\n');
    const list = 'exec ls /proc/self/fd';
    const open = (words: string): string => inBash(`${words} bash -c '${list}' 5< /dev/null 8> c`);
    expect(open('run')).toBe(open('command'));
  });

  it('the limit of open files, the umask and the other limits of its caller', () => {
    const limits = 'ulimit -Sn; ulimit -Hn; ulimit -Sc; umask';
    const set = 'ulimit -Sn 300; ulimit -c 0; umask 027';
    expect(inBash(`${set}; run bash -c '${limits}'`)).toBe(inBash(`${set}; bash -c '${limits}'`));
  });
});

it('with too few descriptors, a command starts, or it is said why not and its slot is back', async () => {
  const box = sandbox();
  const words = `run odin --dir ${box.dir} -- true`;
  const runWith = (most: number) =>
    spawnSync('bash', ['-c', `ulimit -n ${most}; exec '${process.execPath}' ${binary('resource-manager')} ${words}`], {
      encoding: 'utf8',
    });
  const runs = Array.from({ length: 16 }, (_, at) => runWith(18 + 2 * at)).filter(({ signal }) => signal === null);
  const refused = runs.filter(({ status }) => status !== 0);
  for (const { status, stderr } of refused) {
    expect(status).toBe(74);
    expect(stderr).toMatch(/^error: .*too many files are open\nhint: .*\n$/);
  }
  expect(refused.length).toBeGreaterThan(0);
  expect(runs.at(-1)).toMatchObject({ status: 0, stderr: '' });
  // A wrapper that could not write the end of its run is taken for one that was killed as it started.
  const used = (): number => box.json<{ slots: { used: number } }>('resource-status', []).answer.slots.used;
  await expect.poll(used, { timeout: 10_000 }).toBe(0);
});
