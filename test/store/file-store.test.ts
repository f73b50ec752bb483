/** Several commands as one transaction. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { State } from '../../src/core/model/state.ts';
import type { Command } from '../../src/core/transition.ts';
import { openFileStore } from '../../src/store/file-store.ts';
import { temporaryFolder } from '../helpers/cli.ts';
import { NOW, process_ } from '../helpers/state.ts';

it('carries out several commands in order, each on the state that the one before left, and writes once', async () => {
  const dir = temporaryFolder();
  const path = join(dir, 'slots.yaml');
  writeFileSync(path, 'version: 1\nmax_slots: 4\nslot_allocation: {}\nleases: []\nqueue: []\n');
  const kept: { before: State; command: Command; after: State; written: string }[] = [];
  const store = openFileStore({
    dir,
    self: process_(7),
    now: () => NOW,
    observe: () => new Set(),
    memory: () => null,
    create: async () => {},
    textsOfNew: async () => ({ config: '', slots: 'max_slots: 1\n' }),
    recordHistory: async (before, command, { state }) => {
      kept.push({ before, command, after: state, written: readFileSync(path, 'utf8') });
    },
  });
  const report = (agent: string, tokens: number): Command => {
    const unset = { progress: null, phase: null, reserve: null, holder: null, id: null };
    return { kind: 'budget', order: { do: 'report', agent, usage: { tokens, timeMs: 0, costMicroUsd: 0 }, ...unset } };
  };
  const nothing = { amounts: {}, workflow: null, priority: null, renewal: null, isAdding: false };
  const agents = [{ agent: 'app/a', weight: 1 }];
  await store.transact({ kind: 'budget', order: { do: 'allocate', agents, ...nothing } });
  const commands = [report('app/a', 3), { kind: 'budget', order: { do: 'stop', agent: 'x/y', reason: '' } } as Command];
  const done = await store.transactAll([...commands, report('app/a', 4)]);
  expect(done.map(({ outcome }) => outcome.kind)).toEqual(['budget', 'refused', 'budget']);
  expect((await store.peek()).budgets.agents[0]?.consumed.tokens).toBe(7);
  const [, first, last] = kept;
  expect(kept).toHaveLength(3);
  expect(last?.before).toBe(first?.after);
  expect(first?.written).toBe(last?.written);
  expect(last?.written).toContain('"tokens":7');
});
