import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ENDING_CAUSES } from '../../../src/core/model/lease.ts';
import { transition } from '../../../src/core/transition.ts';
import { EXIT, ExpectedError } from '../../../src/errors.ts';
import { renderSlots } from '../../../src/store/document/render-slots.ts';
import { parseSlots } from '../../../src/store/document/slots-document.ts';
import { ROOT } from '../../helpers/cli.ts';
import { aLease, anEntry, anEnvironment, aRequest, aState } from '../../helpers/state.ts';

const fixture = (name: string): string => readFileSync(join(ROOT, 'test', 'fixtures', 'slots', name), 'utf8');
const read = (text: string) => parseSlots('slots.yaml', text, null);
const HEAD = 'version: 1\nmax_slots: 20\n';

/** The text after a request of one slot for `project`. */
async function afterRequest(text: string, project = 'odin'): Promise<string> {
  const document = await read(text);
  const { state } = transition(document.state, aRequest(project, 1, { holder: null }), anEnvironment());
  return (await renderSlots(document, state)).text;
}

const commentsOf = (text: string): string[] => [...text.matchAll(/#[^\n]*/g)].map(([comment]) => comment.trim());

describe('old files', () => {
  it.each(['v0-seed.yaml', 'v1-flow-style.yaml', 'v1-machine-written.yaml', 'v1-endings-without-cause.yaml'])(
    '%s loads, and a rewrite keeps all comments, keys and values of a person',
    async (name) => {
      const before = fixture(name);
      const after = await afterRequest(before);
      expect(commentsOf(after)).toEqual(expect.arrayContaining(commentsOf(before)));
      const [was, is] = [parse(before), parse(after)];
      const keysBefore = Object.keys(was);
      expect(Object.keys(is).filter((key) => keysBefore.includes(key))).toEqual(keysBefore);
      for (const key of keysBefore.filter((key) => !['slot_allocation', 'leases', 'queue', 'next_id'].includes(key))) {
        expect(is[key]).toEqual(was[key]);
      }
      expect(is.version).toBe(1);
      expect(is.slot_allocation).toMatchObject({ odin: 1 });
      const wasAgain = (is.leases as object[]).slice(0, was.leases?.length ?? 0);
      expect(wasAgain).toMatchObject(was.leases ?? []);
    },
  );

  it('a file without a version keeps its order and gets the version in front', async () => {
    const after = await afterRequest(fixture('v0-seed.yaml'));
    expect(after).toContain('# Global configuration');
    expect(Object.keys(parse(after))[0]).toBe('version');
    expect(after).toContain('  max_load_average: 16.0  # For 8-core VM\n');
  });

  it('an ending without a cause gets one from its reason; a written cause stays', async () => {
    const { state } = await read(fixture('v1-endings-without-cause.yaml'));
    expect(state.leases.map(({ ending }) => ending?.by)).toEqual(['budget', 'person']);
    const by = (cause: string) =>
      `version: 1\nmax_slots: 2\nleases:\n  - {"id":"L1","project":"a","slots":1,"holder":null,"ending":{"since":"2026-11-21T09:01:00.000Z","why":"budget: typed","by":"${cause}"}}\n`;
    for (const cause of ENDING_CAUSES)
      expect((await read(by(cause))).state.leases[0]?.ending).toMatchObject({ why: 'budget: typed', by: cause });
  });

  it('a machine-written file changes only in the lines that change', async () => {
    const before = fixture('v1-machine-written.yaml');
    const after = await afterRequest(before);
    const wasLines = before.split('\n');
    const added = after.split('\n').filter((line) => !wasLines.includes(line));
    expect(added).toEqual([
      '  odin: 1',
      'next_id: 13',
      expect.stringMatching(/^ {2}- \{"id":"L12","project":"odin","slots":1,/),
    ]);
  });
});

it.each([
  ['a lease', 'leases:\n  - *shared\n', '{ id: L1, project: a, slots: 2, agents: [] }'],
  ['the leases', 'leases: *shared\n', '[{ id: L1, project: a, slots: 2, agents: [] }]'],
])('%s may be an alias whose anchor is in another section', async (_name, leases, shared) => {
  const { state } = await read(`${HEAD}x: &shared ${shared}\n${leases}`);
  expect(state.leases).toMatchObject([{ id: 'L1', slots: 2 }]);
});

it('a lease that a person made larger than any pool can be read after the next change', async () => {
  const text = await afterRequest(`${HEAD}leases:\n  - {"id":"L1","project":"a","slots":1000000}\n`);
  expect((await read(text)).allocation.get('a')).toBe(1_000_000);
});

describe('damaged files', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d]\n`;
  it.each([
    ['a broken line', `${HEAD}slot_allocation: { a: \n`, /line \d+, column \d+/],
    ['a duplicate key', `${HEAD}max_slots: 3\n`, /line 3, column 1.*unique/],
    [
      'a duplicate key in a record',
      `${HEAD}leases:\n  - {"id":"L1","project":"a","slots":1,"slots":2}\n`,
      /line 4, column \d+/,
    ],
    ['an alias without an anchor', `${HEAD}x: [1, *a]\n`, /line 3, column 8: no anchor is named a/],
    ['an alias before its anchor', '{version: 1, max_slots: *a, x: &a 3}\n', /line 1, column 25: no anchor is named a/],
    ['deep brackets', `${HEAD}x: ${'['.repeat(60_000)}\n`, /line 3, column \d+: it is nested deeper than 100 levels/],
    ['deep lists', `${HEAD}x:\n  ${'- '.repeat(5000)}1\n`, /line 4, column \d+: it is nested deeper/],
    [
      'deep maps',
      `${HEAD}x:\n${Array.from({ length: 300 }, (_, at) => `${' '.repeat(at + 1)}a:\n`).join('')}`,
      /line \d+, column \d+: it is nested deeper/,
    ],
    [
      'a deep record',
      `${HEAD}leases:\n  - {"id":"L1","project":"a","slots":1,"x":${'['.repeat(9000)}${']'.repeat(9000)}}\n`,
      /line 4, column \d+: it is nested deeper/,
    ],
    ['an alias bomb', `${HEAD}${bomb}`, /alias/],
    ['__proto__', `${HEAD}__proto__: { polluted: 1 }\n`, /line 3, column 1.*__proto__/],
    [
      '__proto__ inside a record',
      `${HEAD}leases:\n  - {"id":"L1","project":"a","slots":1,"__proto__":{"x":1}}\n`,
      /__proto__/,
    ],
    [
      'a negative slot count',
      `${HEAD}leases:\n  - { id: L1, project: a, slots: -2 }\n`,
      /line 4, column 34: leases\[0\]\.slots: expected a whole number from 1 up, got -2/,
    ],
    [
      'a fractional slot count',
      `${HEAD}leases:\n  - {"id":"L1","project":"a","slots":1.5}\n`,
      /line 4, column \d+: leases\[0\]\.slots/,
    ],
    ['no max_slots', 'version: 1\n', /max_slots: expected a whole number/],
    ['a textual max_slots', 'version: 1\nmax_slots: "20"\n', /line 2, column 12: max_slots/],
    ['a list where a map belongs', `${HEAD}vm_limits: [1]\n`, /line 3, column 12: vm_limits: expected a map/],
    ['a map where a list belongs', `${HEAD}leases: { a: 1 }\n`, /line 3, column 9: leases: expected a list/],
    [
      'a duplicate lease',
      `${HEAD}leases:\n  - {"id":"L1","project":"a","slots":1}\n  - {"id":"L1","project":"b","slots":1}\n`,
      /lease L1 stands twice/,
    ],
    ['a bad project name', `${HEAD}leases:\n  - { id: L1, project: "a b", slots: 1 }\n`, /leases\[0\]\.project/],
    ['a bad health', `${HEAD}vm_state: { health: fine }\n`, /vm_state\.health: expected healthy, degraded or critical/],
    ['an empty text', '', /max_slots: expected a whole number/],
    ['a scalar', 'hello\n', /expected a map/],
    ['two documents', `${HEAD}---\nversion: 1\n`, /document/],
    [
      'an invalid time',
      `${HEAD}queue:\n  - { ticket: T1, project: a, slots: 1, queued_at: soon }\n`,
      /queued_at: expected a time/,
    ],
    [
      'an own value that no record can hold',
      `${HEAD}leases:\n  - { id: L1, project: a, slots: 1, x: { y: [.inf] } }\n`,
      /line 4, column \d+: leases\[0\]\.x/,
    ],
    ['a tab for indentation', `${HEAD}vm_limits:\n\tmax_cpu_percent: 85\n`, /line 4/],
  ])('%s is refused with exit 65 and its place', async (_name, text, want) => {
    const error = await read(text).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ExpectedError);
    expect(error).toMatchObject({ exit: EXIT.badFile, message: expect.stringMatching(want) });
    expect((Object.prototype as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('other layouts', () => {
  it.each([
    ['Windows line ends', fixture('v1-machine-written.yaml').replaceAll('\n', '\r\n')],
    ['no line feed at the end', fixture('v1-machine-written.yaml').trimEnd()],
    ['a byte order mark', `\ufeff${fixture('v1-machine-written.yaml')}`],
    ['a document start', `---\n${fixture('v1-machine-written.yaml')}`],
    [
      'one flow map',
      '{ version: 1, max_slots: 20, slot_allocation: {consilio: 2}, leases: [{id: L7, project: consilio, slots: 2}], next_id: 12 }\n',
    ],
    [
      'quoted keys',
      `"version": 1\n"max_slots": 20\n"leases": [{"id":"L7","project":"consilio","slots":2}]\nnext_id: 12\n`,
    ],
    [
      'an anchor used elsewhere',
      `${HEAD}base: &b { health: healthy }\nvm_state: *b\nnext_id: 12\nleases:\n  - { id: L7, project: consilio, slots: 2 }\n`,
    ],
  ])('a file with %s is read, changed and read again', async (_name, text) => {
    const after = await afterRequest(text);
    const is = parse(after.replace(/^\ufeff/, ''));
    expect(is).toMatchObject({
      max_slots: 20,
      leases: [
        { id: 'L7', slots: 2 },
        { id: 'L12', project: 'odin' },
      ],
    });
    expect((await read(after)).state.leases).toHaveLength(2);
  });

  it('records in the layout of a person become one line each, with their comments above', async () => {
    const after = await afterRequest(fixture('v1-flow-style.yaml'));
    expect(after).toMatch(/ {2}# the nightly build\n {2}# keep this\n {2}- \{"id":"L7".*"note":"by hand"\}\n/);
    expect(after).toContain('"mood":"good"');
    expect(after).toContain('slot_allocation: { consilio: 5, openhorizon: 0, odin: 1 }    # always');
  });

  it('project names that YAML would read as another type are quoted', async () => {
    for (const name of ['1.50', 'true', '1e3', 'null', '0x10', 'y']) {
      const after = await afterRequest(fixture('v1-machine-written.yaml'), name);
      expect(parse(after).slot_allocation).toMatchObject({ [name]: 1 });
      expect((await read(after)).allocation.get(name)).toBe(1);
    }
  });
});

describe('versions', () => {
  it('a newer file is read and not written', async () => {
    const document = await read(fixture('v1-machine-written.yaml').replace('version: 1', 'version: 2'));
    expect(document.state.leases).toHaveLength(1);
    await expect(renderSlots(document, { ...document.state, maxSlots: 3 })).rejects.toMatchObject({
      exit: EXIT.newerFile,
    });
  });

  it('a newer file of another shape is reported as newer, not as damaged', async () => {
    await expect(read('version: 2\nmax_slots: many\n')).rejects.toMatchObject({ exit: EXIT.newerFile });
  });
});

it('slot_allocation that contradicts the leases is reported and corrected', async () => {
  const document = await read(fixture('v1-machine-written.yaml').replace('consilio: 2 # prod', 'consilio: 9 # prod'));
  expect(document.repairs).toEqual(['slot_allocation.consilio says 9, its leases hold 2']);
  expect((await renderSlots(document, document.state)).text).toContain('  consilio: 2 # prod\n');
});

it('an unsound state is never written', async () => {
  const document = await read(`${HEAD}leases: []\nqueue: []\n`);
  const twice = aState(20, [aLease('L1', 'a', 1), aLease('L1', 'b', 1)]);
  await expect(renderSlots(document, { ...twice, version: 1 })).rejects.toMatchObject({
    code: 'unsound-state',
    exit: EXIT.usage,
  });
});

// No record can have a key __proto__, since a file with one is refused.
const value = fc.jsonValue({ maxDepth: 2 }).filter((json) => !JSON.stringify(json).includes('__proto__'));
const extra = fc
  .dictionary(fc.stringMatching(/^x_[a-z]{1,4}$/), value, { maxKeys: 2 })
  .map((keys) => JSON.parse(JSON.stringify(keys)) as Record<string, unknown>);
const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,9}$/);
const leases = fc.array(
  fc.record({ project: name, slots: fc.integer({ min: 1, max: 9 }), extra, expires: fc.boolean() }),
  { maxLength: 6 },
);

it('parse(serialise(s)) = s, whatever the records, beside comments and unknown keys', async () => {
  await fc.assert(
    fc.asyncProperty(leases, leases, async (held, waiting) => {
      const document = await read(fixture('v1-machine-written.yaml'));
      const state = {
        ...document.state,
        nextId: 900,
        leases: held.map((lease, at) =>
          aLease(`L${at + 100}`, lease.project, lease.slots, {
            extra: lease.extra,
            expiresAt: lease.expires ? anEnvironment().now : null,
          }),
        ),
        queue: waiting.map((entry, at) => anEntry(`T${at + 500}`, entry.project, entry.slots, { extra: entry.extra })),
      };
      const written = await renderSlots(document, state);
      const again = await read(written.text);
      expect(again.state.leases).toEqual(state.leases);
      expect(again.state.queue).toEqual(state.queue);
      expect(again.repairs).toEqual([]);
      expect(parse(written.text)['x-team']).toBe('platform');
      expect(commentsOf(written.text)).toEqual(
        expect.arrayContaining(['# mine', '# all of them', '# who has slots', '# the first', '# the end']),
      );
      // A YAML library reads the same leases.
      expect(parse(written.text).leases?.map((lease: { slots: number }) => lease.slots) ?? []).toEqual(
        held.map(({ slots }) => slots),
      );
    }),
    { numRuns: 150 },
  );
});

const AT = '2026-11-21T10:00:00.000Z';
const PROCESS = { pid: 5, started: 50, command: 'node', boot: 'b', ns: 4 };
const RUN = { containment: 'cgroup', folder: '/g', mark: 'm', numbers: [1], root: PROCESS, memory: 5, retriable: true };
const SPAWN = { session: 's', tool_call: 't', agent_id: 'a', heard_at: AT, nested: true };
const AMOUNTS = { tokens: 1, time_ms: 2, cost_micro_usd: 3 };
const WINDOW = { per: 'day', zone: 'Europe/Vienna', started_at: AT, ends_at: AT };

/** Records with every key that there is, each with a value that is not the usual one, in the order of the file. */
const WHOLE = {
  leases: {
    ...{ id: 'L1', project: 'odin', slots: 2, parent: 'L2', holder: PROCESS, acquired_at: AT, expires_at: AT },
    agents: [{ name: 'a', pid: 3, progress: 4, phase: 'p', progress_at: AT, mine: 1 }],
    ...{ ticket: 'T3', waiter: PROCESS, run: RUN, spawn: SPAWN, ending: { since: AT, why: 'w', by: 'machine' } },
    ...{ paused_at: AT, mine: 1 },
  },
  queue: {
    ...{ ticket: 'T4', project: 'odin', slots: 3, min_slots: 2, priority: 5, queued_at: AT, holder: PROCESS },
    ...{ waiter: PROCESS, offered_until: AT, offered_slots: 2, lapsed_at: AT, reason: 'paused', binding: 'paused' },
    ...{ agents: ['a'], ttl_ms: 6, parent: 'L1', run: RUN, spawn: SPAWN, mine: 1 },
  },
  budgets: {
    ...{ agent: 'odin/a', workflow: 'w', priority: 'high', allocated: AMOUNTS, drawn: AMOUNTS, consumed: AMOUNTS },
    ...{ borrowed: AMOUNTS, returned: AMOUNTS, reservations: [{ id: 'r', ...AMOUNTS, holder: PROCESS, until: AT }] },
    ...{ settled: ['x'], level: 'red', throttle: 0.5, stopped: { reason: 'r', at: AT }, reports: 2, recent: AMOUNTS },
    ...{ busy_ms: 3, pause_ms: 4, allocated_at: AT, reported_at: AT, reclaimed_at: AT, progress: 5, phase: 'p' },
    ...{ window: WINDOW, mine: 1 },
  },
  sessions: {
    ...{ session: 's', project: 'odin', agent: 'odin/a', process: PROCESS, transcript: '/t', started_at: AT },
    ...{ tasks: { open: ['1'], done: 2 }, ended_agents: ['a'], mine: 1 },
  },
};
const WORKFLOW = {
  ...{
    workflow: 'w',
    total: { tokens: 9, time_ms: 9, cost_micro_usd: 9 },
    reserve: AMOUNTS,
    ended_allocated: AMOUNTS,
    ended_consumed: AMOUNTS,
  },
  ...{ pressure: 'low', window: WINDOW, mine: 1 },
};

it.each([...Object.entries(WHOLE), ['budgets', WORKFLOW] as const])(
  'every key of a record of %s is read, and written anew as it was',
  async (key, record) => {
    const document = await read(`${HEAD}${key}:\n  - ${JSON.stringify(record)}\n`);
    const { leases: held, queue, sessions, budgets } = document.state;
    const anew = <T extends object>(records: readonly T[]): T[] => records.map((one) => ({ ...one }));
    const { text } = await renderSlots(document, {
      ...document.state,
      leases: anew(held),
      queue: anew(queue),
      sessions: anew(sessions),
      budgets: { workflows: anew(budgets.workflows), agents: anew(budgets.agents) },
    });
    expect(text).toContain(`\n  - ${JSON.stringify(record)}\n`);
    const state = JSON.stringify([held, queue, sessions, budgets]);
    expect(state.match(/:null/g) ?? [], 'every field has a value').toEqual([]);
  },
);
