/** No commit leaves a state that commands refuse to read: what is written is read before it is renamed into place. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { BudgetOrder } from '../../../src/core/budget/orders.ts';
import type { Instant } from '../../../src/core/model/instants.ts';
import type { State } from '../../../src/core/model/state.ts';
import { transition } from '../../../src/core/transition.ts';
import { EXIT } from '../../../src/errors.ts';
import { renderSlots } from '../../../src/store/document/render-slots.ts';
import { parseSlots } from '../../../src/store/document/slots-document.ts';
import { openFileStore } from '../../../src/store/file-store.ts';
import { temporaryFolder } from '../../helpers/cli.ts';
import { aLease, anEntry, anEnvironment, aRequest, NOW, process_ } from '../../helpers/state.ts';

const read = (text: string) => parseSlots('slots.yaml', text, null);
const TEXT = 'version: 1\nmax_slots: 20\nslot_allocation: {}\nvm_state: {}\nleases: []\nqueue: []\n';
const REFUSED = { code: 'unsound-state', exit: EXIT.usage, message: expect.stringContaining('refused to write') };

const allocation = (timeZone: unknown): BudgetOrder => ({
  do: 'allocate',
  agents: [{ agent: 'app/a', weight: 1 }],
  amounts: { tokens: 10 },
  workflow: null,
  priority: null,
  renewal: { per: 'day', timeZone: timeZone as string },
  isAdding: false,
});

it('a refused commit leaves every file as it was, and the next one goes on', async () => {
  const dir = temporaryFolder();
  const path = join(dir, 'slots.yaml');
  writeFileSync(path, TEXT);
  const self = process_(7);
  const none = {
    observe: () => new Set<string>(),
    memory: () => null,
    create: async () => {},
    textsOfNew: async () => ({ config: '', slots: 'max_slots: 1\n' }),
  };
  const store = openFileStore({ dir, self, now: () => NOW, ...none });
  await expect(store.transact({ kind: 'budget', order: allocation(undefined) })).rejects.toMatchObject({
    ...REFUSED,
    message: expect.stringContaining('budgets[0].window.zone: expected a text, got nothing'),
  });
  expect(readFileSync(path, 'utf8')).toBe(TEXT);
  expect(readdirSync(dir).sort()).toEqual(['slots.yaml', 'slots.yaml.lock']);
  expect(readdirSync(join(dir, 'slots.yaml.lock'))).toEqual(['free']);
  await store.transact({ kind: 'budget', order: allocation('UTC') });
  expect((await store.peek()).budgets.agents[0]?.window?.timeZone).toBe('UTC');
});

describe('a state is not written', () => {
  const lease = (more: object): Partial<State> => ({ leases: [aLease('L1', 'odin', 1, more)] });
  const entry = (more: object): Partial<State> => ({ queue: [anEntry('T1', 'odin', 1, more)] });
  const session = (more: object): Partial<State> => ({
    sessions: [
      {
        ...{ id: 's', project: 'odin', agent: null, process: null, transcript: null, startedAt: NOW },
        ...{ tasks: { open: [], done: 0 }, endedAgents: [], extra: {}, ...more },
      },
    ],
  });
  const vm =
    (more: object) =>
    (state: State): Partial<State> => ({ vmState: { ...state.vmState, ...more } as never });
  it.each<[string, Partial<State> | ((state: State) => Partial<State>)]>([
    ['with a lease that ends at no time', lease({ expiresAt: Number.NaN })],
    ['with a lease that ends beyond all time', lease({ expiresAt: 9e15 })],
    ['with a lease of a project without a name', lease({ project: '' })],
    ['with a lease of a process without a number', lease({ holder: { ...process_(1), pid: 0 } })],
    ['with a lease of nobody knows how many slots', lease({ slots: 2_000_000 })],
    ['with an unreadable key inside a lease', lease({ extra: { mine: JSON.parse('{"__proto__":1}') } })],
    ['with an ending without a reason', lease({ ending: { since: NOW, why: '', by: 'person' } })],
    ['with a request that gives its agents no name', entry({ agents: [''] })],
    ['with a request of an unusual priority', entry({ priority: undefined, ttlMs: 1.5 })],
    ['with a session without an id', session({ id: '' })],
    ['with a session of a project without a name', session({ project: 'a b' })],
    ['with more slots than a file may state', { maxSlots: 1_000_000 }],
    ['with an unknown health', vm({ health: 'fine' })],
    ['with a load that is no number', vm({ loadAverage: Number.NaN })],
    ['with a duration of half a second', { learnedDuration: new Map([['odin' as never, 1500]]) }],
    ['with a monitor without a number', { monitor: { ...process_(1), pid: -1 } }],
    ['with a last grant at no time', { lastGrantAt: Number.NaN as Instant }],
  ])('%s', async (_name, change) => {
    const document = await read(TEXT);
    const changes = typeof change === 'function' ? change(document.state) : change;
    await expect(renderSlots(document, { ...document.state, ...changes })).rejects.toMatchObject(REFUSED);
  });
});

describe('a layout that a person chose', () => {
  const afterRequest = async (text: string) => {
    const document = await read(text);
    const { state } = transition(document.state, aRequest('odin', 1, { holder: null }), anEnvironment());
    return renderSlots(document, { ...state, maxSlots: 21 });
  };
  const withLine = (line: string) => `${TEXT.replace(/slot_allocation: .*\n/, '')}${line}\n`;

  it.each([
    ['in single quotes', "slot_allocation:\n  'odin': 0 # mine"],
    ['in single quotes, in one line', "slot_allocation: { 'odin': 0 }"],
    ['in double quotes, in one line', 'slot_allocation: { "odin": 0 }'],
    ['with a question mark', 'slot_allocation:\n  ? odin\n  : 0'],
    ['with a tag', 'slot_allocation:\n  !!str odin: !!int 0'],
  ])('a key %s is changed where it stands, not written twice', async (_name, line) => {
    const { text } = await afterRequest(withLine(line));
    expect((await read(text)).allocation.get('odin')).toBe(1);
    expect(parse(text).slot_allocation).toEqual({ odin: 1 });
    if (line.includes('#')) expect(text).toContain('# mine');
  });

  it.each([
    ['a value that other places repeat', TEXT.replace('20', '&n 20').concat('mine: *n\n')],
    ['a map that is another one', TEXT.replace('slot_allocation: {}', 'mine: &m { a: 0 }\nslot_allocation: *m')],
  ])('%s is not broken: the change is refused', async (_name, text) => {
    await expect(afterRequest(text)).rejects.toMatchObject(REFUSED);
  });

  it('in another layout is checked as a whole, and in ours only where it changes', async () => {
    const foreign = await read(TEXT.replace('leases: []', 'leases: [{ id: L7, project: a, slots: 1 }]'));
    expect(foreign.isOwn).toBe(false);
    const once = await renderSlots(foreign, { ...foreign.state, maxSlots: 21 });
    expect(once.isOwn).toBe(true);
    expect((await read(once.text)).isOwn).toBe(true);
  });
});
