/** `run` on real processes: it passes everything through, and the slot comes back however it ends. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identityOf, isAlive, type OwnProcess } from '../../helpers/alive.ts';
import { aProcess, binary, kill, type Sandbox, sandbox, temporaryFolder, until } from '../../helpers/cli.ts';

const used = (box: Sandbox): number => box.json<{ slots: { used: number } }>('resource-status', []).answer.slots.used;

/** The process of the command, once the state has it. */
const rootOf = (box: Sandbox): Promise<OwnProcess> =>
  until('the state has the command', () => {
    const pid = /"root":\{"pid":(\d+)/.exec(box.slotsText())?.[1];
    return pid === undefined ? null : identityOf(Number(pid));
  });

function history(box: Sandbox): Record<string, unknown>[] {
  const folder = join(box.dir, 'history');
  return readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
}

describe('run passes through', () => {
  it.each([0, 1, 3, 77, 255])('exit code %d', (code) => {
    expect(sandbox().run('resource-manager', ['run', 'odin', '--', 'sh', '-c', `exit ${code}`]).status).toBe(code);
  });

  it.each([
    ['TERM', 143],
    ['KILL', 137],
    ['SEGV', 139],
  ] as const)('an end by SIG%s', (signal, code) => {
    expect(sandbox().run('resource-manager', ['run', 'odin', '--', 'sh', '-c', `kill -${signal} $$`]).status).toBe(
      code,
    );
  });

  it('standard input, output and error, byte for byte', () => {
    const box = sandbox();
    const script = 'cat; echo problem >&2';
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [binary('resource-manager'), 'run', 'odin', '--', 'sh', '-c', script],
      {
        input: 'a\0b\n--json\n',
        encoding: 'latin1',
        env: { ...process.env, RESOURCE_MANAGER_DIR: box.dir },
      },
    );
    expect([stdout, stderr]).toEqual(['a\0b\n--json\n', 'problem\n']);
  });

  it('all words after --, also options of resource-manager', () => {
    const { stdout } = sandbox().run('resource-manager', [
      'run',
      'odin',
      '--agent',
      'x',
      '--',
      'printf',
      '%s|',
      '--json',
      '',
      'a b',
      '$HOME',
      '--',
      '-h',
    ]);
    expect(stdout).toBe('--json||a b|$HOME|--|-h|');
  });

  it('a signal that the wrapper gets in the first moment of the command', () => {
    const script = `trap 'exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.02; done`;
    const box = sandbox();
    const runs = Array.from({ length: 5 }, () =>
      box.run('resource-manager', ['run', 'odin', '--', 'sh', '-c', script]),
    );
    expect(runs.map(({ status }) => status)).toEqual([9, 9, 9, 9, 9]);
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR1'] as const)('%s from the wrapper to the command', async (signal) => {
    const box = sandbox();
    const name = signal.slice(3);
    const script = `trap 'echo got ${name}; exit 9' ${name}; echo ready; while :; do sleep 0.02; done`;
    const run = box.begin('resource-manager', ['run', 'odin', '--', 'bash', '-c', script]);
    await until('it is ready', () => run.stdout().includes('ready'));
    run.child.kill(signal);
    const { status, stdout } = await run.result;
    expect([status, stdout]).toEqual([9, `ready\ngot ${name}\n`]);
    expect(used(box)).toBe(0);
  });

  it('the lease, its slot numbers and its holder in the environment', () => {
    const box = sandbox();
    const { stdout } = box.run('resource-manager', ['run', 'Odin', '--slots', '2', '--', 'env']);
    const env = new Map(stdout.split('\n').map((line) => line.split('=') as [string, string]));
    expect(env.get('RESOURCE_MANAGER_LEASE')).toBe('L1');
    expect(env.get('RESOURCE_MANAGER_SLOT')).toBe('1');
    expect(env.get('RESOURCE_MANAGER_SLOTS')).toBe('1,2');
    expect(env.get('RESOURCE_MANAGER_PROJECT')).toBe('Odin');
    expect(env.get('RESOURCE_MANAGER_HOLDER_PID')).toMatch(/^\d+$/);
  });

  it('an OOM score by which the kernel ends an agent before the session', () => {
    expect(sandbox().run('resource-manager', ['run', 'odin', '--', 'cat', '/proc/self/oom_score_adj']).stdout).toBe(
      '300\n',
    );
  });
});

describe.each(['auto', 'ledger'])('a run contained by %s gives its slot back after', (containment) => {
  const begin = async (script: string) => {
    const box = sandbox(4, { config: `containment: ${containment}\n` });
    const run = box.begin('resource-manager', ['run', 'odin', '--agent', 'auth', '--', 'bash', '-c', script]);
    const root = await rootOf(box);
    return { box, run, root };
  };

  it('kill -9 of the command', async () => {
    const { box, run, root } = await begin('exec sleep 600');
    expect(used(box)).toBe(1);
    process.kill(root.pid, 'SIGKILL');
    expect((await run.result).status).toBe(137);
    expect(used(box)).toBe(0);
  });

  it('kill -9 of the wrapper, which ends the command without a monitor', async () => {
    const { box, run, root } = await begin('sleep 600 & exec sleep 600');
    await kill(run.child);
    await until('the command is ended', () => !isAlive(root));
    await until('the slot is back', () => used(box) === 0);
  });

  it('kill -9 of the wrapper while the state is damaged, once it is repaired', async () => {
    const { box, run, root } = await begin('exec sleep 600');
    const good = box.slotsText();
    writeFileSync(box.slotsPath, 'max_slots: [\n');
    await kill(run.child);
    writeFileSync(box.slotsPath, good);
    await until('the command is ended', () => !isAlive(root));
  });

  it('kill -9 of the wrapper before the state has its command', async () => {
    const box = sandbox(4, { config: `containment: ${containment}\n` });
    // The command kills its own wrapper first.
    const script = 'echo $$; kill -9 $PPID; exec sleep 600';
    const run = box.begin('resource-manager', ['run', 'odin', '--', 'sh', '-c', script]);
    const root = identityOf(Number(await until('it prints its pid', () => run.stdout().trim() || null)));
    if (root !== null) await until('the command is ended', () => !isAlive(root));
    await until('the slot is back', () => used(box) === 0);
  });

  it('kill -9 of the wrapper of a command that ignores signals, after the grace', async () => {
    const { box, run, root } = await begin("trap '' TERM HUP INT; while :; do sleep 0.05; done");
    box.config(`max_per_project: 9\ncontainment: ${containment}\nmonitor: { grace: 300ms }\n`);
    await kill(run.child);
    await until('the command is ended', () => !isAlive(root));
    await until('the slot is back', () => used(box) === 0);
  });

  it('its end with an orphan, which reap lists and ends', async () => {
    const box = sandbox(4, { config: `containment: ${containment}\n` });
    const file = join(temporaryFolder(), 'pid');
    const script = `setsid sh -c 'echo $$ > ${file}; exec sleep 600' >/dev/null 2>&1 & while ! [ -s ${file} ]; do :; done`;
    expect(box.run('resource-manager', ['run', 'odin', '--', 'bash', '-c', script]).status).toBe(0);
    expect(used(box)).toBe(0);
    const left = identityOf(Number(readFileSync(file, 'utf8'))) as OwnProcess;
    expect(isAlive(left)).toBe(true);
    // Reaps only the orphans of this run, since the machine may have others.
    const mark =
      /\0RESOURCE_MANAGER_MARK=([^\0]+)/.exec(readFileSync(`/proc/${left.pid}/environ`, 'latin1'))?.[1] ?? '';
    const reap = ['reap', '--mark', mark];
    const listed = box.json<{ orphans: { processes: { pid: number }[] }[] }>('resource-manager', [
      ...reap,
      '--dry-run',
    ]);
    expect(listed.answer.orphans.flatMap(({ processes }) => processes.map(({ pid }) => pid))).toEqual([left.pid]);
    expect(isAlive(left)).toBe(true);
    expect(box.run('resource-manager', reap).status).toBe(64);
    expect(box.json<{ terminated: number }>('resource-manager', [...reap, '--yes']).answer.terminated).toBe(1);
    expect(isAlive(left)).toBe(false);
    expect(box.run('resource-manager', [...reap, '--dry-run']).stdout).toBe('Nothing is left behind.\n');
  });

  it('its end, and reap of no state lists it while it lives', async () => {
    const { box, run, root } = await begin('exec sleep 600');
    const elsewhere = sandbox(4, { config: `containment: ${containment}\n` });
    for (const place of [elsewhere, box]) {
      const { answer } = place.json<{ orphans: { session: unknown }[] }>('resource-manager', ['reap', '--dry-run']);
      expect(answer.orphans.filter(({ session }) => session === null)).toEqual([]);
    }
    expect(isAlive(root)).toBe(true);
    run.child.kill('SIGTERM');
    await run.result;
  });
});

describe('the request for the slot', () => {
  it('is granted or denied at once, and leaves nothing in the queue', () => {
    const box = sandbox(1);
    box.run('request-slots', ['hera', '1', '--pid', String(aProcess().pid)]);
    const { status, stdout, stderr } = box.run('resource-manager', ['run', 'odin', '--', 'echo', 'ran']);
    expect([status, stdout]).toEqual([75, '']);
    expect(stderr).toContain('1 slot denied to odin (insufficient-slots)');
    expect(box.json<{ queue: unknown[] }>('resource-manager', ['queue']).answer.queue).toEqual([]);
  });

  it('waits with --wait, and the command runs when the slot is free', async () => {
    const box = sandbox(1);
    const holder = aProcess();
    box.run('request-slots', ['hera', '1', '--pid', String(holder.pid)]);
    const run = box.begin('resource-manager', ['run', 'odin', '--wait', '--', 'echo', 'ran']);
    await until('it waits', () => run.stderr().includes('Waiting for slots'));
    await kill(holder);
    expect(await run.result).toMatchObject({ status: 0, stdout: 'ran\n' });
  });

  it('gives up after the time limit or on Ctrl-C, and withdraws its ticket', async () => {
    const box = sandbox(1);
    box.run('request-slots', ['hera', '1', '--pid', String(aProcess().pid)]);
    expect(box.run('resource-manager', ['run', 'odin', '--wait', '50ms', '--', 'true']).status).toBe(124);
    const run = box.begin('resource-manager', ['run', 'odin', '--wait', '--', 'true']);
    await until('it waits', () => run.stderr().includes('Waiting for slots'));
    run.child.kill('SIGINT');
    expect((await run.result).status).toBe(130);
    expect(box.json<{ queue: unknown[] }>('resource-manager', ['queue']).answer.queue).toEqual([]);
  });

  it('comes after a check that the command exists', () => {
    const box = sandbox(1);
    const missing = box.run('resource-manager', ['run', 'odin', '--', 'no-such-command']);
    expect([missing.status, missing.stderr]).toEqual([
      127,
      'error: cannot run no-such-command: there is no command no-such-command\nhint: check the spelling and the PATH; no slot was requested\n',
    ]);
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'plain'), 'x', { mode: 0o644 });
    mkdirSync(join(folder, 'folder'));
    expect(box.run('resource-manager', ['run', 'odin', '--', join(folder, 'folder')]).status).toBe(126);
    expect(box.run('resource-manager', ['run', 'odin', '--']).status).toBe(64);
    expect(box.run('resource-manager', ['run', 'odin', 'echo', 'x']).stderr).toContain('write it after --');
    expect(used(box)).toBe(0);
  });

  it('inside a run takes slots of that run', () => {
    const box = sandbox(2);
    const nested = `${process.execPath} ${binary('resource-manager')} run odin -- sh -c 'echo inside $RESOURCE_MANAGER_LEASE'`;
    const { status, stdout } = box.run('resource-manager', ['run', 'odin', '--slots', '2', '--', 'sh', '-c', nested]);
    expect([status, stdout]).toEqual([0, 'inside L2\n']);
  });
});

it('records the usage of the command, and the state learns its memory', () => {
  const box = sandbox(4);
  const busy =
    'const a = Buffer.alloc(150 * 2 ** 20, 1); const end = Date.now() + 1500; while (Date.now() < end) a[5] += 1';
  expect(
    box.run('resource-manager', ['run', 'odin', '--agent', 'auth', '--', process.execPath, '-e', busy]).status,
  ).toBe(0);
  const [record] = history(box).filter(({ kind }) => kind === 'run');
  expect(record).toMatchObject({
    project: 'odin',
    lease: 'L1',
    agent: 'auth',
    command: 'node',
    slots: 1,
    exit: 0,
    signal: null,
  });
  expect(record?.peak_memory_bytes).toBeGreaterThan(150 * 2 ** 20);
  expect(record?.peak_memory_bytes).toBeLessThan(400 * 2 ** 20);
  expect(record?.cpu_seconds).toBeGreaterThan(0.2);
  expect(record?.duration_seconds).toBeGreaterThan(0.4);
  expect(box.slotsText()).toMatch(/^learned_memory:\n {2}odin: \d{9}\n/m);
  // Arguments may hold secrets.
  expect(JSON.stringify(record)).not.toContain('Buffer');
});

describe.each([{ slot_memory: '600M' }, { slot_memory: '0' }])(
  'with slot_memory %j, more memory than any machine has',
  (settings) => {
    it.each([[[]], [['--wait']], [['--wait=1m']], [['--slots', '2', '--quiet']]])(
      'is refused with 69 and both figures: %j',
      (more) => {
        const box = sandbox(4, { config: `slot_memory: ${settings.slot_memory}\n` });
        const line = ['run', 'odin', ...more, '--memory', '900T', '--', 'touch', join(box.dir, 'begun')];
        const { status, stderr, stdout } = box.run('resource-manager', line);
        expect([status, stdout]).toEqual([69, '']);
        expect(stderr).toMatch(/needs 921600\.0 GiB of memory, the machine has [\d.]+ [GM]iB in total\n/);
        const most = /^hint: give what the command really needs, at most: (--memory \d+M)$/m.exec(stderr)?.[1] ?? '';
        // The hint names what may be asked for, though not at once.
        expect([0, 75]).toContain(
          box.run('resource-manager', ['run', 'odin', ...most.split(' '), '--', 'true']).status,
        );
        expect(box.slotsText()).toContain('queue: []');
        expect(existsSync(join(box.dir, 'begun'))).toBe(false);
      },
    );
  },
);

it('notes that --memory cannot be enforced, and counts it all the same', () => {
  const box = sandbox(4, { config: 'containment: ledger\n' });
  const { status, stderr } = box.run('resource-manager', ['run', 'odin', '--memory', '200M', '--', 'true']);
  expect(status).toBe(0);
  expect(stderr).toContain('--memory cannot be enforced on this machine');
  const refused = box.run('resource-manager', ['run', 'odin', '--memory', '900T', '--', 'true']);
  expect(refused.status).toBe(69);
  expect(refused.stderr).toMatch(/needs 921600\.0 GiB of memory, the machine has [\d.]+ GiB in total/);
  expect(box.run('resource-manager', ['run', 'odin', '--memory', 'much', '--', 'true']).status).toBe(64);
});

it('passes on and records the exit code even if the state cannot be written', async () => {
  const box = sandbox(4);
  const gate = join(temporaryFolder(), 'gate');
  const script = `echo up; while ! [ -e ${gate} ]; do sleep 0.02; done; exit 7`;
  const run = box.begin('resource-manager', ['run', 'odin', '--', 'sh', '-c', script]);
  await until('it runs', () => run.stdout().includes('up'));
  writeFileSync(box.slotsPath, 'max_slots: [\n');
  writeFileSync(gate, '');
  const { status, stderr } = await run.result;
  expect(status).toBe(7);
  expect(stderr).toContain('note: the state could not be written');
  expect(history(box).find(({ kind }) => kind === 'run')).toMatchObject({ exit: 7 });
});

it('gives the folder of --dir to commands inside the run', () => {
  const box = sandbox(4);
  const inside = `${process.execPath} ${binary('request-slots')} odin 1 --json`;
  const { stdout } = spawnSync(
    process.execPath,
    [binary('resource-manager'), '--dir', box.dir, 'run', 'odin', '--', 'sh', '-c', inside],
    { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: temporaryFolder() } },
  );
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'granted', slots: { max: 4 } });
});

it('refuses a bad duration before it asks for a slot', () => {
  const box = sandbox(4);
  expect(box.run('resource-manager', ['run', 'odin', '--wait=bogus', '--', 'true']).status).toBe(64);
});
