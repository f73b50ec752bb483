/**
 * Many spawns at once in several sessions lose a third of their end events: there are never more agents than slots, all
 * slots come back within the limits, and no working agent loses its slot.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { kill, sandbox, until } from '../../helpers/cli.ts';
import { claudeHome, type StandIn, standIn, workTree } from '../../helpers/stand-in.ts';

const SLOTS = 8;
const SESSIONS = 5;
const SPAWNS_EACH = 4;

/** A tool that runs as long as its session. */
const LONG_TOOL = `exec '${process.execPath}' -e 'const own = process.ppid; setInterval(() => own === process.ppid || process.exit(), 50)'`;

/** Limits that the load of the machine cannot reach. */
const CALM = [
  `version: 1\nmax_slots: ${SLOTS}\nleases: []\nqueue: []`,
  'vm_limits: { max_cpu_percent: 100, max_memory_percent: 100, max_load_average: 10000, max_disk_percent: 100 }\n',
].join('\n');

interface Seen {
  readonly used: number;
  readonly agents: ReadonlySet<string>;
}

function look(path: string): Seen {
  const leases = readFileSync(path, 'utf8').match(/^ {2}- \{"id":"L.*$/gm) ?? [];
  const used = leases.reduce((sum, line) => sum + Number(/"slots":(\d+)/.exec(line)?.[1]), 0);
  return { used, agents: new Set(leases.flatMap((line) => /"agent_id":"([^"]+)"/.exec(line)?.[1] ?? [])) };
}

describe('lost events', () => {
  it('leak no slot, exceed no limit and end no working agent', async () => {
    const box = sandbox(SLOTS, { config: 'hooks: { wait: 300ms, silence: 8s }\n', slots: CALM });
    const home = claudeHome(box);
    const monitor = box.begin('resource-manager', ['monitor', '--interval', '200ms'], { CLAUDE_CONFIG_DIR: home });
    const trees = [workTree('odin'), workTree('hera')];
    const sessions = await Promise.all(
      Array.from({ length: SESSIONS }, (_, n) => standIn(box, home, trees[n % 2] as string)),
    );
    for (const session of sessions) await session.tell('start');

    /** Agents that are certainly at work; a check needs them here before and after it reads the file. */
    const working = new Set<string>();
    const ended = new Set<string>();
    let most = 0;
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    const witness = (async () => {
      while (!isOver) {
        const before = [...working];
        const { used, agents } = look(box.slotsPath);
        most = Math.max(most, used);
        for (const agent of before) if (working.has(agent) && !agents.has(agent)) ended.add(agent);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();

    let denials = 0;
    const spawned = async (session: StandIn): Promise<string> => {
      for (;;) {
        const { agent, denied, notes, failed } = await session.tell('spawn');
        expect([...notes, ...failed]).toEqual([]);
        if (agent !== null) {
          working.add(agent);
          return agent;
        }
        expect(denied).toMatch(/inline, or ask again later/);
        denials += 1;
      }
    };
    const life = async (session: StandIn, nth: number): Promise<void> => {
      const agent = await spawned(session);
      for (let step = 0; step < 3; step += 1) {
        if ((nth + step) % 3 === 0) await session.tell('tool', { agent, command: 'sleep 0.2' });
        else await session.tell('write', { agent });
      }
      working.delete(agent);
      await session.tell('finish', { agent, lose: nth % 3 === 0 ? ['SubagentStop'] : [] });
    };

    const [first, second, killed, silent, busy] = sessions as [StandIn, StandIn, StandIn, StandIn, StandIn];
    const all = sessions.flatMap((session, s) =>
      // One agent of the last session runs a tool all the time.
      Array.from({ length: session === busy ? SPAWNS_EACH - 1 : SPAWNS_EACH }, (_, n) => life(session, s + n)),
    );
    const long = spawned(busy).then(async (agent) => {
      const tool = busy.tell('tool', { agent, command: LONG_TOOL }).catch(() => {});
      return { agent, tool };
    });
    await Promise.all([...all, long]);
    // Now only agents with a lost end and the working one are left.
    const busyAgent = (await long).agent;
    expect(most).toBe(SLOTS);
    expect(denials).toBeGreaterThan(0);

    await first.tell('end');
    await second.tell('end', { lose: ['SessionEnd'] });
    await kill(killed.child);
    const victim = await spawned(silent);
    working.delete(victim);
    await silent.tell('finish', { agent: victim, lose: ['SubagentStop'] });
    // The others are given back for their silence; the agent in a tool has been silent for longer and stays.
    const only = await until(
      'all others are given back',
      () => {
        const { used, agents } = look(box.slotsPath);
        return used === 1 ? [...agents] : null;
      },
      60_000,
    );
    expect(only).toEqual([busyAgent]);
    isOver = true;
    await witness;
    expect([...ended]).toEqual([]);

    await kill(busy.child);
    await until('the last is given back', () => look(box.slotsPath).used === 0);
    await kill(monitor.child, 'SIGTERM');
    expect(box.run('resource-manager', ['doctor', '--json']).stdout).not.toContain('damaged');
  }, 120_000);
});
