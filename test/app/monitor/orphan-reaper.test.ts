/** The monitor ends orphans of Claude sessions: only if configured, and it looks at most once a minute. */
import { describe, expect, it } from 'vitest';
import { Monitor } from '../../../src/app/monitor/monitor.ts';
import { OrphanReaper } from '../../../src/app/monitor/orphan-reaper.ts';
import type { ProcessRow } from '../../../src/core/reap/process-row.ts';
import { DEFAULT_SETTINGS } from '../../../src/core/settings/settings.ts';
import { FULL_TRUST } from '../../../src/core/trust/trust.ts';
import type { MonitorPorts } from '../../../src/ports/monitor.ts';
import type { SessionOrphans } from '../../../src/ports/reaper.ts';
import { sandbox } from '../../helpers/cli.ts';
import { aSample } from '../../helpers/machine.ts';
import { anEnvironment, aState, later } from '../../helpers/state.ts';

const row = (pid: number, command: string): ProcessRow => ({
  ...{ pid, parent: 1, group: pid, session: pid, tty: 0, started: pid, state: 'S', command, rssBytes: 0 },
});
const leftBy = (pid: number, ...rows: ProcessRow[]): SessionOrphans => ({
  session: { pid, id: null },
  target: { roots: [], folders: [], marks: [], others: [], toolsOf: [], session: { pid, id: null, seen: rows } },
  findings: { found: rows.map((found) => ({ row: found, evidence: 'claude' })), skipped: [] },
});

function aMonitor({ isOn = true, isDryRun = false, noKill = false } = {}) {
  let left = [leftBy(40, row(50, 'node'), row(51, 'sh')), leftBy(41, row(60, 'node'))];
  const [said, kept, ended]: [string[], unknown[], number[]] = [[], [], []];
  let looks = 0;
  let release: () => void = () => {};
  let held: Promise<void> | null = null;
  const settings = { ...DEFAULT_SETTINGS, claude: { ...DEFAULT_SETTINGS.claude, reapOrphans: isOn } };
  const state = aState(9);
  const snapshot = (seconds: number) => ({
    state,
    environment: anEnvironment(settings, later(seconds * 1000)),
    repairs: [],
    isDue: false,
  });
  const parts = {
    store: {
      trust: async () => FULL_TRUST,
      settings: async () => settings,
      read: async () => snapshot(0),
      peek: async () => state,
    },
    reaper: {
      sessionOrphans: async () => {
        looks += 1;
        return left;
      },
      end: async ({ session }: SessionOrphans['target']) => {
        ended.push(session?.pid ?? 0);
        await held;
        return {
          terminated: left.find((orphans) => orphans.session.pid === session?.pid)?.findings.found ?? [],
          skipped: [],
          survivors: [],
        };
      },
    },
    history: { append: (record: unknown) => kept.push(record) },
    sample: async () => aSample(0),
    now: () => later(0),
    steadyMs: () => 0,
    say: (line: string) => said.push(line),
    isDryRun,
    noKill,
  } as unknown as MonitorPorts;
  const orphans = new OrphanReaper(parts);
  return {
    parts,
    orphans,
    look: (seconds: number) => orphans.consider(snapshot(seconds)),
    hold: () => {
      held = new Promise((resolve) => {
        release = resolve;
      });
      return () => release();
    },
    nothingIsLeft: () => {
      left = [];
    },
    seen: () => ({ looks, said, kept, ended }),
  };
}

describe('the orphan reaper', () => {
  it('ends orphans, reports them and records them', async () => {
    const { look, orphans, seen } = aMonitor();
    await look(0);
    await orphans.settled();
    const name = (pid: number) => `a Claude session that is gone (pid ${pid})`;
    expect(seen().ended).toEqual([40, 41]);
    expect(seen().said).toEqual([
      `ended 2 processes of ${name(40)}: its session has ended`,
      `ended 1 process of ${name(41)}: its session has ended`,
    ]);
    expect(seen().kept).toMatchObject([
      { kind: 'orphans', name: name(40), session: { pid: 40 }, terminated: [{ pid: 50 }, { pid: 51 }], survivors: [] },
      { kind: 'orphans', name: name(41) },
    ]);
  });

  it.each([
    { name: 'it is off', options: { isOn: false } },
    { name: '--no-kill is given', options: { noKill: true } },
  ])('does not look for orphans when $name', async ({ options }) => {
    const { look, orphans, seen } = aMonitor(options);
    await look(0);
    await orphans.settled();
    expect(seen()).toEqual({ looks: 0, said: [], kept: [], ended: [] });
  });

  it('looks at most once a minute', async () => {
    const { look, orphans, seen } = aMonitor();
    for (const seconds of [0, 10, 59.9, 60, 70, 119, 120]) {
      await look(seconds);
      await orphans.settled();
    }
    expect(seen().looks).toBe(3);
  });

  it('in a dry run reports each orphan once, and ends and records nothing', async () => {
    const { look, seen } = aMonitor({ isDryRun: true });
    for (const seconds of [0, 60, 120]) await look(seconds);
    expect(seen()).toEqual({
      looks: 3,
      said: [
        'would end 2 processes of a Claude session that is gone (pid 40): its session has ended (50 node, 51 sh)',
        'would end 1 process of a Claude session that is gone (pid 41): its session has ended (60 node)',
      ],
      kept: [],
      ended: [],
    });
  });

  it('does not report orphans that ended by themselves meanwhile', async () => {
    const { look, orphans, hold, nothingIsLeft, seen } = aMonitor();
    const release = hold();
    await look(0);
    nothingIsLeft();
    release();
    await orphans.settled();
    expect(seen()).toMatchObject({ ended: [40, 41], said: [], kept: [] });
  });

  it('holds up no round, does not run twice at once, and stops when the monitor ends', async () => {
    const { look, orphans, hold, seen } = aMonitor();
    const release = hold();
    await look(0);
    await look(300);
    expect(seen()).toMatchObject({ looks: 1, ended: [40], said: [] });
    const stopped = orphans.stop();
    release();
    await stopped;
    expect(seen()).toMatchObject({ ended: [40], said: [expect.stringContaining('pid 40')] });
  });

  it('runs in the rounds of the monitor, also in a dry run', async () => {
    const { parts, seen } = aMonitor({ isDryRun: true });
    expect(await new Monitor(parts).tick()).not.toBeNull();
    expect(seen().said).toHaveLength(2);
  });

  it('runs in the rounds of a monitor whose clock is set back', async () => {
    const { parts, seen } = aMonitor({ isDryRun: true });
    const clock = { at: later(0), steadyMs: 0 };
    const read = async () => {
      const snapshot = await parts.store.read();
      return { ...snapshot, environment: { ...snapshot.environment, now: clock.at } };
    };
    const store = { ...parts.store, read };
    const monitor = new Monitor({ ...parts, store, now: () => clock.at, steadyMs: () => clock.steadyMs });
    await monitor.tick();
    Object.assign(clock, { at: later(-365 * 86_400_000), steadyMs: 11_000 });
    await monitor.tick();
    expect(seen().looks).toBe(2);
  });
});

it('claude.reap_orphans is false by default and must be true or false', () => {
  const box = sandbox(5);
  const value = () =>
    box.json<{ value: unknown }>('resource-manager', ['config', 'get', 'claude.reap_orphans']).answer.value;
  expect(value()).toBe(false);
  expect(box.run('resource-manager', ['config', 'set', 'claude.reap_orphans', 'true']).status).toBe(0);
  expect(value()).toBe(true);
  box.config('claude: { reap_orphans: sometimes }\n');
  const { status, stdout } = box.run('resource-manager', ['monitor', '--once', '--no-kill']);
  expect([status, stdout]).toEqual([65, expect.stringContaining('claude.reap_orphans')]);
});
