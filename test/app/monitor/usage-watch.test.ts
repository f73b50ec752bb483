/** The usage watch on real files and a real state, with transcripts that can be made to fail. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { UsageCounter } from '../../../src/app/count-usage.ts';
import { UsageWatch } from '../../../src/app/monitor/usage-watch.ts';
import { openTranscripts } from '../../../src/host/transcripts/transcripts.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { Transcripts } from '../../../src/ports/transcripts.ts';
import { openFileStore } from '../../../src/store/file-store.ts';
import { openPrices } from '../../../src/store/prices.ts';
import { temporaryFolder, until } from '../../helpers/cli.ts';
import { later, process_ } from '../../helpers/state.ts';
import { aLine } from '../../helpers/transcripts.ts';

const SELF = process_(7);
const WATCH = 'claude: { watch: true }\n';
const watches: UsageWatch[] = [];
afterEach(async () => {
  for (const counting of watches.splice(0)) await counting.end();
});

function aMachine(config = WATCH) {
  const home = temporaryFolder();
  const dir = join(home, 'state');
  mkdirSync(dir);
  writeFileSync(join(dir, 'slots.yaml'), 'version: 1\nmax_slots: 4\nslot_allocation: {}\nleases: []\nqueue: []\n');
  writeFileSync(join(dir, 'config.yaml'), config);
  let clock = 0;
  const now = () => later(clock);
  const store = openFileStore({
    dir,
    self: SELF,
    now,
    observe: () => new Set(),
    memory: () => null,
    create: async () => {},
    textsOfNew: async () => ({ config: '', slots: 'max_slots: 1\n' }),
  });
  let [opened, reads] = [0, 0];
  let failure: Error | null = null;
  const open = (): Transcripts =>
    openTranscripts({ dir, env: { HOME: home }, now, self: () => SELF, isDead: () => false, keepEveryBytes: 2_000 });
  const said: string[] = [];
  const troubles: unknown[] = [];
  const parts = {
    store: store as Store,
    now,
    isDryRun: false,
    say: (line: string) => said.push(line),
    openPrices: async () => openPrices(dir),
    openTranscripts: async (): Promise<Transcripts> => {
      opened += 1;
      const transcripts = open();
      const { read } = transcripts;
      transcripts.read = (most) => {
        reads += 1;
        if (failure !== null) throw failure;
        return read.call(transcripts, most);
      };
      return transcripts;
    },
  };
  const counting = new UsageWatch(parts, (error) => troubles.push(error));
  watches.push(counting);
  const nothing = { amounts: {}, workflow: null, priority: null, renewal: null, isAdding: false };
  return {
    home,
    counting,
    store,
    said,
    troubles,
    opened: () => opened,
    reads: () => reads,
    fail: (error: Error | null) => {
      failure = error;
    },
    tick: (ms = 1_000) => {
      clock += ms;
    },
    allocate: (agent: string) =>
      store.transact({ kind: 'budget', order: { do: 'allocate', agents: [{ agent, weight: 1 }], ...nothing } }),
    say: (session: string, tokens: number, more: Record<string, unknown> = {}) => {
      const { agentId } = more;
      const own = agentId === undefined ? `${session}.jsonl` : `${session}/subagents/agent-${agentId}.jsonl`;
      const path = join(home, '.claude', 'projects', '-w-app', own);
      mkdirSync(dirname(path), { recursive: true });
      const line = aLine({
        id: `m${clock}`,
        sessionId: session,
        timestamp: new Date(now()).toISOString(),
        usage: { output_tokens: tokens },
        ...more,
      });
      appendFileSync(path, `${JSON.stringify(line)}\n`);
    },
    used: async () =>
      Object.fromEntries((await store.peek()).budgets.agents.map(({ agent, consumed }) => [agent, consumed.tokens])),
    /** The usage that a fresh count of all transcripts still adds. */
    missed: () => {
      const transcripts = open();
      transcripts.read();
      return new UsageCounter(store, transcripts, openPrices(dir)).count({ agent: null, isAll: false });
    },
  };
}

describe('transcripts are not read', () => {
  it.each([
    ['while no agent has a budget', WATCH, null],
    ['without claude.watch', '', 'app/session-S1'],
  ])('%s', async (_when, config, agent) => {
    const machine = aMachine(config);
    if (agent !== null) await machine.allocate(agent);
    machine.say('S1', 10);
    expect(await machine.counting.look()).toBe(false);
    expect(machine.opened()).toBe(0);
  });
});

describe('the usage watch', () => {
  it('goes on after a failure, and counts the missed usage', async () => {
    const machine = aMachine();
    await machine.allocate('app/session-S1');
    machine.say('S1', 10);
    machine.fail(new Error('the disk is tired'));
    machine.counting.begin();
    await until('it has failed twice', () => machine.troubles.length >= 2);
    expect(machine.troubles[0]).toMatchObject({ message: 'the disk is tired' });
    machine.fail(null);
    await until('it has counted', () => machine.said.length > 0);
    expect(await machine.used()).toEqual({ 'app/session-S1': 10 });
    machine.tick();
    machine.say('S2', 1);
    machine.tick();
    machine.say('S1', 20);
    await until('it goes on', async () => (await machine.used())['app/session-S1'] === 30);
    expect(machine.said).toHaveLength(2);
  });

  it('names a transcript that it cannot read, once', async () => {
    const machine = aMachine();
    await machine.allocate('app/session-S1');
    machine.say('S1', 10);
    const lost = join(machine.home, '.claude', 'projects', '-w-app', 'S2.jsonl.xz');
    writeFileSync(lost, 'packed');
    await machine.counting.look();
    machine.tick(120_000);
    await machine.counting.look();
    expect(machine.said.filter((line) => line.includes('cannot read'))).toEqual([
      `cannot read ${lost}: its usage is missing`,
    ]);
    expect(await machine.used()).toEqual({ 'app/session-S1': 10 });
  });

  it('reads a lot in steps, between which it can end', async () => {
    const machine = aMachine();
    await machine.allocate('app/session-S1');
    const path = join(machine.home, '.claude', 'projects', '-w-app', 'S1.jsonl');
    machine.say('S1', 10);
    const filler = `${JSON.stringify({ type: 'user', text: 'x'.repeat(1 << 20) })}\n`;
    for (let n = 0; n < 20; n += 1) appendFileSync(path, filler);
    machine.say('S1', 5, { id: 'last' });
    await machine.counting.look();
    expect(machine.reads()).toBeGreaterThan(2);
    expect(await machine.used()).toEqual({ 'app/session-S1': 15 });
  });

  it('runs one look at a time, and none after its end', async () => {
    const machine = aMachine();
    await machine.allocate('app/session-S1');
    machine.say('S1', 10);
    const both = [machine.counting.look(), machine.counting.look()];
    expect(both[0]).toBe(both[1]);
    await machine.counting.end();
    expect(await machine.used()).toEqual({ 'app/session-S1': 10 });
    expect(machine.reads()).toBe(1);
    machine.counting.begin();
    await machine.counting.end();
    expect(machine.reads()).toBe(1);
  });
});

describe('usage', () => {
  it('is counted once, whichever transcript is new and whichever budget pays', async () => {
    const machine = aMachine();
    const want: Record<string, number> = {};
    const add = (agent: string, tokens: number) => {
      want[agent] = (want[agent] ?? 0) + tokens;
    };
    const look = async () => {
      await machine.counting.look();
      expect(machine.troubles).toEqual([]);
      expect(await machine.used()).toEqual(want);
      expect(await machine.missed(), 'nothing was missed').toEqual([]);
      machine.tick();
    };
    await machine.allocate('app/session-S1');
    add('app/session-S1', 0);
    machine.say('S1', 10);
    add('app/session-S1', 10);
    await look();
    // The session pays for a subagent, also for one that is seen before the next line of the session.
    machine.say('S1', 5, { agentId: 'a1' });
    add('app/session-S1', 5);
    await look();
    await machine.allocate('app/session-S2');
    machine.say('S2', 7, { agentId: 'b1' });
    add('app/session-S2', 7);
    await look();
    machine.say('S2', 8);
    add('app/session-S2', 8);
    machine.tick();
    machine.say('S1', 3);
    add('app/session-S1', 3);
    await look();
    // From now on the subagent pays for itself.
    await machine.allocate('app/agent-a1');
    add('app/agent-a1', 0);
    machine.tick();
    machine.say('S1', 11, { agentId: 'a1' });
    add('app/agent-a1', 11);
    await look();
    // A subagent is seen before its session, in the folder of another project.
    await machine.allocate('app/session-S3');
    machine.say('S3', 5, { agentId: 'c1', cwd: '/w/other' });
    add('app/session-S3', 0);
    await look();
    machine.say('S3', 8);
    add('app/session-S3', 13);
    await look();
    // A response of the session appears first in the transcript of a subagent.
    machine.say('S3', 6, { agentId: 'c1', id: 'shared' });
    machine.say('S3', 6, { id: 'shared' });
    add('app/session-S3', 6);
    await look();
    machine.say('S3', 1, { agentId: 'c1', id: 'moved' });
    add('app/session-S3', 1);
    await look();
    machine.say('S3', 1, { id: 'moved' });
    machine.say('S3', 2, { agentId: 'c1' });
    add('app/session-S3', 2);
    await look();
    // A budget with the short name of an earlier version belongs to the first of the sessions that it fits.
    await machine.allocate('app/session-abcdefgh');
    machine.say('abcdefgh-1', 2);
    machine.tick();
    machine.say('abcdefgh-2', 4);
    add('app/session-abcdefgh', 2);
    await look();
    machine.say('abcdefgh-2', 8);
    machine.tick();
    machine.say('abcdefgh-1', 3);
    add('app/session-abcdefgh', 3);
    await look();
    for (let n = 0; n < 20; n += 1) {
      machine.say('S1', n);
      add('app/session-S1', n);
      await look();
    }
  });

  it('includes responses from before the look that first sees the budget', async () => {
    const machine = aMachine();
    await machine.allocate('app/session-S1');
    await machine.counting.look();
    machine.tick();
    machine.say('S2', 9);
    await machine.counting.look();
    machine.tick(-500);
    await machine.allocate('app/session-S2');
    await machine.counting.look();
    expect(await machine.used()).toEqual({ 'app/session-S1': 0, 'app/session-S2': 9 });
  });
});
