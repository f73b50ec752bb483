/** The monitor on this machine and on real processes. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identityOf, isAlive, type OwnProcess } from '../../helpers/alive.ts';
import { aProcess, ended, kill, ROOT, type Running, type Sandbox, sandbox, until } from '../../helpers/cli.ts';
import { claudeHome, standIn, workTree } from '../../helpers/stand-in.ts';

interface Round {
  readonly vm: {
    health: string;
    memory_percent: number;
    load_average: number;
    disk_usage_percent: number;
    reason: string | null;
  };
  readonly slots: { effective_max: number };
  readonly events: readonly string[];
}

const once = (box: Sandbox, ...more: string[]) => box.json<Round>('resource-manager', ['monitor', '--once', ...more]);

async function begin(box: Sandbox, ...more: string[]): Promise<Running> {
  const monitor = box.begin('resource-manager', ['monitor', '--interval', '200ms', ...more]);
  await until('it has sampled', () => /^ {2}sampled_at: "?\d/m.test(box.slotsText()));
  return monitor;
}

function usedPercent(): number {
  const meminfo = readFileSync('/proc/meminfo', 'utf8');
  const kib = (key: string) => Number(new RegExp(`^${key}: +(\\d+)`, 'm').exec(meminfo)?.[1]);
  return 100 * (1 - kib('MemAvailable') / kib('MemTotal'));
}

function history(box: Sandbox): Record<string, unknown>[] {
  const folder = join(box.dir, 'history');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
}

const rootsOf = (box: Sandbox): OwnProcess[] =>
  [...box.slotsText().matchAll(/"root":\{"pid":(\d+)/g)].flatMap(([, pid]) => identityOf(Number(pid)) ?? []);

describe('one round', () => {
  it('writes cpu, memory, load and disk, within a point of free, df and uptime', () => {
    const box = sandbox(7);
    const { status, answer } = once(box);
    expect(status).toBe(0);
    const [, used, available] =
      /^Mem: +(\d+) +\d+ +\d+ +\d+ +\d+ +(\d+)/m.exec(spawnSync('free', ['-b'], { encoding: 'utf8' }).stdout) ?? [];
    const free = 100 * (1 - Number(available) / Number(used));
    expect(Math.abs(answer.vm.memory_percent - free)).toBeLessThan(1);
    const df = Number(/ (\d+)% /.exec(spawnSync('df', ['-P', '/'], { encoding: 'utf8' }).stdout)?.[1]);
    expect(Math.abs(answer.vm.disk_usage_percent - df)).toBeLessThanOrEqual(1);
    const uptime = Number.parseFloat(
      /load average: ([\d.]+)/.exec(spawnSync('uptime', { encoding: 'utf8' }).stdout)?.[1] ?? '',
    );
    expect(Math.abs(answer.vm.load_average - uptime)).toBeLessThan(1);
    for (const key of ['cpu_percent', 'memory_percent', 'load_average', 'disk_usage_percent'])
      expect(box.slotsText()).toMatch(new RegExp(`^ {2}${key}: [\\d.]+$`, 'm'));
    expect(box.slotsText()).toMatch(/^ {2}health: healthy$/m);
    expect(box.run('resource-status', []).stdout).toContain('VM Health: Healthy');
  });

  it('reclaims slots of dead holders and offers them to the queue', async () => {
    const box = sandbox(2);
    const holder = aProcess();
    box.run('request-slots', ['odin', '2', '--pid', String(holder.pid)]);
    const waiting = aProcess();
    expect(box.run('request-slots', ['hera', '2', '--pid', String(waiting.pid)]).status).toBe(75);
    await kill(holder);
    const { answer } = once(box);
    expect(answer.events.join('\n')).toMatch(
      /reclaimed 2 slots of odin \(lease L1\): process \d+ is gone\noffered 2 slots to hera/,
    );
  });

  it('with --dry-run reports the health and writes nothing', () => {
    const box = sandbox(2);
    const before = box.slotsText();
    expect(once(box, '--dry-run').answer.vm.health).toBe('healthy');
    expect(box.slotsText()).toBe(before);
    expect(history(box)).toEqual([]);
  });

  it('is critical at once when the disk exceeds its limit without a dwell, and requests show it', () => {
    const box = sandbox(2, {
      slots: 'max_slots: 2\nvm_limits: { max_disk_percent: 0, max_memory_percent: 100 }\nleases: []\nqueue: []\n',
      config: 'monitor: { disk_dwell: 0s }\n',
    });
    const { answer } = once(box);
    expect(answer.vm).toMatchObject({ health: 'critical' });
    expect(answer.vm.reason).toMatch(/^disk of /);
    expect(box.run('request-slots', ['odin', '1']).stdout).toContain('critical');
  });
});

describe('the loop', () => {
  it('runs once: a second monitor names the first and exits 75, and takes over after its death', async () => {
    const box = sandbox(5);
    const first = await begin(box);
    const second = box.run('resource-manager', ['monitor']);
    expect([second.status, second.stderr.includes(`process ${first.child.pid}`)]).toEqual([75, true]);
    expect(box.run('resource-manager', ['monitor', '--once']).status).toBe(75);
    await kill(first.child);
    expect(box.run('resource-manager', ['monitor', '--once']).status).toBe(0);
  });

  it('exits 0 on SIGTERM and leaves no trace in the state', async () => {
    const box = sandbox(5);
    const monitor = await begin(box);
    expect(box.slotsText()).toMatch(/^monitor: \{/m);
    monitor.child.kill('SIGTERM');
    expect((await monitor.result).status).toBe(0);
    expect(box.slotsText()).not.toMatch(/^monitor:/m);
  });

  it('gives back the slots of a dead holder without any request', async () => {
    const box = sandbox(5);
    const holder = aProcess();
    box.run('request-slots', ['odin', '2', '--pid', String(holder.pid)]);
    await begin(box);
    await kill(holder);
    await until('the lease is gone', () => /^leases: \[\]$/m.test(box.slotsText()));
  });

  it('reports a damaged state and goes on when it is repaired', async () => {
    const box = sandbox(5);
    const monitor = await begin(box);
    const sound = box.slotsText();
    const put = (text: string): void => {
      writeFileSync(`${box.slotsPath}.new`, text);
      renameSync(`${box.slotsPath}.new`, box.slotsPath);
    };
    put(sound.replace(/^max_slots: .*$/m, 'max_slots: many'));
    await until('it says so', () => /trouble: .*slots\.yaml.*max_slots/.test(monitor.stdout()));
    put(sound.replace(/^ {2}sampled_at: .*$/m, '  sampled_at: null'));
    await until('it goes on', () => /^ {2}sampled_at: "?\d/m.test(box.slotsText()));
    expect(identityOf(monitor.child.pid)).not.toBeNull();
  });

  it('starts no child process', async () => {
    const box = sandbox(5, { config: 'containment: ledger\n' });
    const run = box.begin('resource-manager', ['run', 'odin', '--', 'sleep', '600']);
    await until('it runs', () => rootsOf(box).length === 1);
    const monitor = await begin(box);
    const mark = /"mark":"([^"]+)"/.exec(box.slotsText())?.[1] as string;
    await until('it has looked around', () => existsSync(join(box.dir, 'ledger', mark)));
    const { pid } = monitor.child;
    for (const task of readdirSync(`/proc/${pid}/task`))
      expect(readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')).toBe('');
    run.child.kill('SIGTERM');
    await ended(run.child);
  });
});

describe('a memory hog', () => {
  const HOG = join(ROOT, 'test/helpers/hog.cjs');
  /** A memory limit in percent: the present use plus so many MiB. */
  const room = (mib: number): number => Math.round((usedPercent() + (100 * mib * 2 ** 20) / totalmem()) * 10) / 10;
  const box_ = (containment: string) =>
    sandbox(9, {
      slots: `max_slots: 9\nvm_limits: { max_memory_percent: ${room(500)}, max_load_average: 1000 }\nleases: []\nqueue: []\n`,
      config: `containment: ${containment}\nmonitor: { critical_memory_percent: ${room(1200)}, cpu_dwell: 1h, grace: 1s }\n`,
    });
  const hog = (box: Sandbox, most: number, name = 'hog', step = 100) =>
    box.begin('resource-manager', [
      'run',
      'odin',
      '--agent',
      name,
      '--',
      process.execPath,
      HOG,
      String(step),
      '50',
      String(most),
    ]);

  it('in a tool of a session is ended as a tool; the session, later tools and the agent’s slot stay', async () => {
    const box = box_('auto');
    const session = await standIn(box, claudeHome(box), workTree('odin'));
    const { agent } = await session.tell('spawn');
    const command = `'${process.execPath}' '${HOG}' 100 50 4000`;
    const tool = session.tell('tool', { agent, command });
    const monitor = await begin(box);
    await tool;
    await until('the end is told', () => /ended the tools of L1 of odin\/agent-\w+: \d process/.test(monitor.stdout()));
    expect(session.child.exitCode).toBeNull();
    expect(box.slotsText()).toMatch(/"id":"L1".*"agent_id"/);
    expect(box.slotsText()).not.toContain('"ending"');
    expect((await session.tell('tool', { agent })).denied).toBeNull();
  });

  it.each(['auto', 'ledger'])('alone is ended, before it takes the machine (%s)', async (containment) => {
    const box = box_(containment);
    // By age the modest run would be first, since it started later; but it stays within its expected memory.
    const large = hog(box, 4000);
    await until('the hog runs', () => rootsOf(box).length === 1);
    const modest = hog(box, 100, 'modest');
    await until('the modest one has its memory', () => modest.stdout() === '100\n');
    const [hogRoot, modestRoot] = await until('both are known', () =>
      rootsOf(box).length === 2 ? rootsOf(box) : null,
    );
    const monitor = await begin(box);
    const { status, stdout } = await large.result;
    // The monitor sends SIGKILL at once when memory leaves no time for SIGTERM.
    expect([143, 137]).toContain(status);
    const taken = Number(stdout.trimEnd().split('\n').at(-1));
    expect(taken, 'it was ended before it had all').toBeLessThan(4000);
    expect(isAlive(hogRoot as OwnProcess)).toBe(false);
    await until('the end is told', () => /ended L1 of odin: 1 process/.test(monitor.stdout()));
    expect(isAlive(modestRoot as OwnProcess)).toBe(true);
    expect(monitor.stdout()).toMatch(
      /ending L1 of odin\/hog \(.*[GM]iB, 1 process\): memory .*; chosen by priority 5, over its expected 600 MiB/,
    );
    const reaps = history(box).filter(({ kind }) => kind === 'reap');
    expect(reaps.map(({ action }) => action)).toEqual(['ending', 'ended']);
    expect(reaps[0]).toMatchObject({
      chosen: 'L1',
      candidates: [
        { lease: 'L1', over: true, excluded: null },
        { lease: 'L2', over: false },
      ],
      evidence: [{ pid: hogRoot?.pid }],
    });
    expect(box.slotsText()).not.toContain('"L1"');
    modest.child.kill('SIGTERM');
    await modest.result;
  });

  it('is named and left alone with --no-kill', async () => {
    const box = box_('auto');
    const large = hog(box, 1800);
    await until('it has its memory', () => large.stdout().endsWith('1800\n'));
    const monitor = await begin(box, '--no-kill');
    await until('it is named', () => /would end L1 of odin\/hog/.test(monitor.stdout()));
    expect(rootsOf(box).length).toBe(1);
    expect(box.json<{ reason: string }>('request-slots', ['hera', '1']).answer.reason).toBe('health-critical');
    // Without a sample in the state, a dry run takes two samples of its own.
    const unwatched = box.slotsText().replace(/^vm_state:\n(?: .*\n)+/m, '');
    monitor.child.kill('SIGTERM');
    await monitor.result;
    writeFileSync(box.slotsPath, unwatched);
    const dry = box.run('resource-manager', ['monitor', '--once', '--dry-run']);
    expect(dry.stdout).toMatch(/would end L1 of odin\/hog/);
    large.child.kill('SIGTERM');
    await large.result;
  });

  it('is ended by the next monitor when the first is killed meanwhile', async () => {
    const box = box_('ledger');
    const stubborn = `process.on('SIGTERM', () => {}); require(${JSON.stringify(HOG)})`;
    const words = ['run', 'odin', '--', process.execPath, '-e', stubborn, 'x', '100', '50', '1800'];
    const large = box.begin('resource-manager', words);
    await until('it is known', () => rootsOf(box).length === 1);
    const [root] = rootsOf(box) as [OwnProcess];
    box.config(`${readFileSync(join(box.dir, 'config.yaml'), 'utf8').replace('grace: 1s', 'grace: 1h')}`);
    const monitor = await begin(box);
    await until('it is being ended', () => /ending L1 of odin/.test(monitor.stdout()));
    await kill(monitor.child);
    expect(isAlive(root)).toBe(true);
    box.config(`${readFileSync(join(box.dir, 'config.yaml'), 'utf8').replace('grace: 1h', 'grace: 100ms')}`);
    await begin(box);
    await until('the next one ends it', () => !isAlive(root));
    await large.result;
  });

  it.each(['auto', 'ledger'])(
    'that grows fast is paused if configured, and goes on after a crash of the monitor (%s)',
    async (containment) => {
      const box = box_(containment);
      const config = (pause: boolean): void =>
        box.config(
          `max_per_project: 9\ncontainment: ${containment}\nmonitor: { critical_memory_percent: ${room(6000)}, cpu_dwell: 1h, pause: ${pause} }\n`,
        );
      config(true);
      // It takes little, since a machine can be slow to provide new memory, but takes it fast.
      const large = hog(box, 1000, 'hog', 20);
      await until('it is known', () => rootsOf(box).length === 1);
      const [root] = rootsOf(box) as [OwnProcess];
      const monitor = await begin(box);
      await until('its stop is told', () => /stopped L1 of odin/.test(monitor.stdout()));
      const isStopped = (): boolean => {
        const folder = /"folder":"([^"]+)"/.exec(box.slotsText())?.[1];
        if (folder !== undefined) return readFileSync(join(folder, 'cgroup.events'), 'utf8').includes('frozen 1');
        return / T /.test(readFileSync(`/proc/${root.pid}/stat`, 'utf8').replace(/^.*\)/, ''));
      };
      // The kernel stops its threads one by one.
      await until('it is stopped', isStopped);
      expect(box.slotsText()).toContain('"paused_at"');
      await kill(monitor.child);
      config(false);
      const next = await begin(box);
      await until('it goes on', () => /L1 of odin goes on/.test(next.stdout()));
      await until('it runs', () => !isStopped());
      await until('and takes more', () => large.stdout().endsWith('\n1000\n'));
      large.child.kill('SIGTERM');
      await large.result;
    },
  );
});
