/** Lines of Claude Code transcripts: how they are read, what they cost, and how the ledger merges them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { projectOf } from '../../../src/core/usage/attribution.ts';
import { ResponseLedger } from '../../../src/core/usage/ledger.ts';
import { costOf } from '../../../src/core/usage/pricing.ts';
import { responsesIn, totalTokens } from '../../../src/core/usage/response.ts';
import { aLine, EXAMPLE_MICRO_USD, workedExample } from '../../helpers/transcripts.ts';

const ledgerOf = (lines: readonly unknown[]): ResponseLedger => {
  const ledger = new ResponseLedger();
  for (const line of lines) for (const response of responsesIn(line)) ledger.add(response);
  return ledger;
};

const sums = (ledger: ResponseLedger) => {
  const entries = [...ledger.entries()];
  return {
    microUsd: entries.reduce((sum, entry) => sum + costOf(entry).microUsd, 0),
    tokens: entries.reduce((sum, entry) => sum + totalTokens(entry.tokens), 0),
  };
};
const microUsd = (...lines: unknown[]): number => sums(ledgerOf(lines)).microUsd;
const example = workedExample().map(([, line]) => line);

describe('the worked example', () => {
  it('costs exactly $0.10571', () => expect(microUsd(...example)).toBe(EXAMPLE_MICRO_USD));

  it('costs less than the sum of its lines', () => {
    const each = example.map((line) => microUsd(line));
    expect(each.reduce((a, b) => a + b)).toBe(192_845);
    expect(microUsd(example[0], example[2])).toBe(95_535);
    expect(microUsd(example[0], example[1])).toBe(97_310);
  });

  it('shows the increase of each line', () => {
    const ledger = new ResponseLedger();
    const added = example.map((line) => ledger.add(responsesIn(line)[0] as never));
    expect(added.map(({ isNew, tokens }) => [isNew, tokens.input, tokens.output, tokens.cacheWrite1h])).toEqual([
      [true, 12, 3, 8000],
      [false, 0, 407, 0],
      [true, 900, 250, 0],
    ]);
  });
});

const million = (more: Record<string, unknown> = {}) => aLine({ usage: { input_tokens: 1_000_000 }, ...more });

describe('where other counters are right', () => {
  it('a streamed response counts once, with its largest figures', () => {
    const parts = [3, 410, 200].map((output) => aLine({ usage: { input_tokens: 10, output_tokens: output } }));
    expect(microUsd(...parts)).toBe(10 * 5 + 410 * 25);
  });
  it('a copy in a fork counts once', () => {
    expect(microUsd(million(), million({ sessionId: 'S2', uuid: 'x' }))).toBe(5_000_000);
  });
  it('no request id is needed', () => {
    expect(microUsd(million({ requestId: undefined }), million({ requestId: undefined }))).toBe(5_000_000);
  });
  it('cache writes for five minutes and for an hour have their own prices', () => {
    const usage = {
      cache_creation_input_tokens: 2_000_000,
      cache_creation: { ephemeral_5m_input_tokens: 1_000_000, ephemeral_1h_input_tokens: 1_000_000 },
    };
    expect(microUsd(aLine({ usage }))).toBe(6_250_000 + 10_000_000);
  });
});

describe('where other counters are wrong', () => {
  it('an unknown model has the highest price, marked as estimated', () => {
    const [entry] = ledgerOf([million({ model: 'claude-saga-9' })]).entries();
    expect(costOf(entry as never)).toEqual({ microUsd: 10_000_000, isEstimated: true });
    const [known] = ledgerOf([million()]).entries();
    expect(costOf(known as never)).toEqual({ microUsd: 5_000_000, isEstimated: false });
  });
  it('null in the input of a tool changes nothing', () => {
    const content = [{ type: 'tool_use', id: 'toolu_1', input: { id: null, model: null } }];
    expect(microUsd(million({ content }))).toBe(5_000_000);
  });
  it.each(['speed', 'cwd', 'version', 'sessionId', 'requestId', 'costUSD', 'agentId', 'timestamp'])(
    'a %s of null changes nothing',
    (key) => expect(microUsd(million({ [key]: null }))).toBe(5_000_000),
  );
  it.each(['cache_creation_input_tokens', 'cache_read_input_tokens', 'cache_creation', 'speed', 'server_tool_use'])(
    'a %s of null in the usage changes nothing',
    (key) => expect(microUsd(aLine({ usage: { input_tokens: 1_000_000, [key]: null } }))).toBe(5_000_000),
  );
  it('a model of null is an unknown model', () => {
    expect(microUsd(million({ model: null }))).toBeGreaterThan(5_000_000);
  });
  it('the id of the request replaces an id of null, else the id of the line does', () => {
    expect(microUsd(million({ id: null }), million({ id: null }))).toBe(5_000_000);
    const bare = { id: null, requestId: null };
    expect(microUsd(million({ ...bare, uuid: 'a' }), million({ ...bare, uuid: 'b' }))).toBe(10_000_000);
  });
  it('cache writes of unknown time cost as much as those for five minutes', () => {
    const creation = { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 };
    const usage = { cache_creation_input_tokens: 1_000_000, cache_creation: creation };
    expect(microUsd(aLine({ usage }))).toBe(6_250_000);
    const part = { ...usage, cache_creation: { ephemeral_1h_input_tokens: 400_000 } };
    expect(microUsd(aLine({ usage: part }))).toBe(400_000 * 10 + 600_000 * 6.25);
  });
  it('service from the United States costs a tenth more, from 4.6 on', () => {
    const usage = { input_tokens: 1_000_000, inference_geo: 'us' };
    expect(microUsd(aLine({ usage }))).toBe(5_500_000);
    expect(microUsd(aLine({ usage, model: 'claude-haiku-4-5' }))).toBe(1_000_000);
  });
  it('web searches cost a cent each', () => {
    expect(microUsd(aLine({ usage: { server_tool_use: { web_search_requests: 10 } } }))).toBe(100_000);
  });
  it('a long prompt raises the price of the whole request, for models with a surcharge', () => {
    const usage = { input_tokens: 50_000, cache_read_input_tokens: 200_000, output_tokens: 1000 };
    expect(microUsd(aLine({ usage, model: 'claude-sonnet-4-5-20250929' }))).toBe(442_500);
    expect(microUsd(aLine({ usage, model: 'claude-sonnet-4-6' }))).toBe(225_000);
    const timestamp = '2026-03-01T00:00:00Z';
    expect(microUsd(aLine({ usage, model: 'claude-sonnet-4-6', timestamp }))).toBe(442_500);
  });
  it('fast mode costs double, and a batch half', () => {
    expect(microUsd(aLine({ usage: { input_tokens: 1_000_000, output_tokens: 1_000_000, speed: 'fast' } }))).toBe(
      60_000_000,
    );
    expect(microUsd(aLine({ usage: { input_tokens: 1_000_000, service_tier: 'batch' } }))).toBe(2_500_000);
  });
  it.each([
    ['claude-haiku-5-5', 100_000, 10_000, 10_000 + 5000],
    ['claude-haiku-5-5', 100_001, 10_000, 50_001 + 25_000],
    ['gpt-6.2-sol', 272_000, 1000, 544_000 + 10_000],
    ['gpt-6.2-sol', 272_001, 1000, 1_088_004 + 15_000],
  ])('%s with a prompt of %i tokens has the price of that length', (model, input_tokens, output_tokens, want) =>
    expect(microUsd(aLine({ model, usage: { input_tokens, output_tokens } }))).toBe(want),
  );
  it('half a micro-dollar is rounded up, once', () => {
    expect(microUsd(aLine({ usage: { cache_read_input_tokens: 1 } }))).toBe(1);
    expect(microUsd(aLine({ usage: { cache_read_input_tokens: 3 } }))).toBe(2);
  });
});

describe('a response of several calls', () => {
  const call = (type: string, input_tokens: number, output_tokens: number, more: object = {}) => ({
    type,
    input_tokens,
    output_tokens,
    ...more,
  });
  const with_ = (usage: object, iterations: readonly object[], model = 'claude-sonnet-4-6') =>
    aLine({ model, usage: { ...usage, iterations } });
  const models = (line: unknown) =>
    [...ledgerOf([line]).entries()].map(({ model, tokens: { input, output } }) => [model, input, output]);

  it('has the calls of its advisor beside its own, at the price of that model', () => {
    const line = with_({ input_tokens: 30, output_tokens: 300 }, [
      call('message', 10, 100),
      call('advisor_message', 1_000_000, 1000, { model: 'claude-opus-4-7' }),
      call('message', 20, 200),
    ]);
    expect(models(line)).toEqual([
      ['claude-sonnet-4-6', 30, 300],
      ['claude-opus-4-7', 1_000_000, 1000],
    ]);
    expect(microUsd(line)).toBe(30 * 3 + 300 * 15 + 5_000_000 + 25_000);
    expect(microUsd(line, line)).toBe(microUsd(line));
  });
  it('has an advisor without a name at the price of the model that the line names for it', () => {
    const line = with_({ input_tokens: 10, output_tokens: 0 }, [call('advisor_message', 1000, 0)]);
    expect(models({ ...line, advisorModel: 'claude-opus-4-7' })).toEqual([
      ['claude-sonnet-4-6', 10, 0],
      ['claude-opus-4-7', 1000, 0],
    ]);
  });
  it('has a compaction beside its own calls', () => {
    const line = with_({ input_tokens: 23_000, output_tokens: 1000 }, [
      call('compaction', 180_000, 3500),
      call('message', 23_000, 1000),
    ]);
    expect(models(line).map(([, input]) => input)).toEqual([23_000, 180_000]);
  });
  it.each([
    ['within the totals', 110, 51],
    ['outside of the totals', 100, 50],
  ])('has the model before a fallback at its own price, %s', (_, input_tokens, output_tokens) => {
    const line = with_(
      { input_tokens, output_tokens },
      [
        call('message', 10, 1, { model: 'claude-fable-5' }),
        call('fallback_message', 100, 50, { model: 'claude-opus-4-8' }),
      ],
      'claude-opus-4-8',
    );
    expect(models(line)).toEqual([
      ['claude-opus-4-8', 100, 50],
      ['claude-fable-5', 10, 1],
    ]);
  });
  it('counts what its calls say where the totals say less', () => {
    expect(models(with_({ input_tokens: 0, output_tokens: 0 }, [call('message', 10, 100)]))).toEqual([
      ['claude-sonnet-4-6', 10, 100],
    ]);
  });
  it('is long only if one of its prompts is', () => {
    const calls = [call('message', 60_000, 0), call('message', 70_000, 0)];
    expect(microUsd(with_({ input_tokens: 130_000 }, calls, 'claude-haiku-5-5'))).toBe(13_000);
    const long = [call('message', 10_000, 0), call('message', 120_000, 0)];
    expect(microUsd(with_({ input_tokens: 130_000 }, long, 'claude-haiku-5-5'))).toBe(65_000);
  });
  it.each([[null], [7], [[null, 7, {}]], [{}]])('reads calls of %j as none', (iterations) => {
    expect(microUsd(aLine({ usage: { input_tokens: 1_000_000, iterations } }))).toBe(5_000_000);
  });
});

it.each([
  ['a synthetic message', million({ model: '<synthetic>' })],
  ['an error of the service', million({ isApiErrorMessage: true })],
  ['a user', { ...million(), type: 'user' }],
  [
    'the result of an agent, which repeats its last request',
    { type: 'user', toolUseResult: { usage: { input_tokens: 9 } } },
  ],
  ['no usage', aLine({})],
  ['usage of null', aLine({ usage: null })],
  ['a number', 7],
  ['null', null],
  ['a list', [1]],
])('counts nothing for %s', (_, line) => expect(responsesIn(line)).toEqual([]));

const aPart = fc.record({
  id: fc.constantFrom('m1', 'm2', 'm3', 'm4'),
  sessionId: fc.constantFrom('S1', 'S2'),
  agentId: fc.constantFrom(undefined, 'a1'),
  usage: fc.record({
    input_tokens: fc.nat(9),
    output_tokens: fc.nat(999),
    cache_creation_input_tokens: fc.nat(99),
    cache_creation: fc.record({ ephemeral_5m_input_tokens: fc.nat(50), ephemeral_1h_input_tokens: fc.nat(50) }),
    server_tool_use: fc.record({ web_search_requests: fc.nat(2) }),
    inference_geo: fc.constantFrom('us', null),
  }),
});

it('the time may be a number of milliseconds', () =>
  expect(responsesIn(million({ timestamp: 1_795_000_000_000 })).map(({ at }) => at)).toEqual([1_795_000_000_000]));

it('neither order nor repetition of lines changes the sums', () => {
  const mixed = fc
    .array(aPart, { maxLength: 12 })
    .chain((parts) =>
      fc.tuple(
        fc.constant(parts),
        fc.shuffledSubarray([...parts, ...parts], { minLength: parts.length * 2, maxLength: parts.length * 2 }),
      ),
    );
  fc.assert(
    fc.property(mixed, ([parts, again]) => {
      const lines = (shown: typeof parts) => shown.map((part) => aLine(part));
      expect(sums(ledgerOf(lines(again)))).toEqual(sums(ledgerOf(lines(parts))));
    }),
  );
});

it('the increases add up to the total of the ledger', () => {
  fc.assert(
    fc.property(fc.array(aPart, { maxLength: 12 }), (parts) => {
      const ledger = new ResponseLedger();
      const output = parts.map((part) => ledger.add(responsesIn(aLine(part))[0] as never).tokens.output);
      const total = [...ledger.entries()].reduce((sum, { tokens }) => sum + tokens.output, 0);
      expect(output.reduce((a, b) => a + b, 0)).toBe(total);
    }),
  );
});

it('a response belongs to its first owner, but to a session before an agent', () => {
  const owners = (...lines: unknown[]) => [...ledgerOf(lines).entries()].map(({ owner }) => owner);
  expect(owners(million({ agentId: 'a1' }), million())).toMatchObject([{ session: 'S1', agentId: null }]);
  expect(owners(million(), million({ sessionId: 'S2' }))).toMatchObject([{ session: 'S1' }]);
});

it('the ledger forgets old responses, and the oldest beyond its limit', () => {
  const ledger = ledgerOf([1, 2, 3].map((day) => million({ id: `m${day}`, timestamp: `2026-11-0${day}T00:00:00Z` })));
  ledger.forget(Date.UTC(2026, 10, 2), 100);
  expect(ledger.size).toBe(2);
  ledger.forget(0, 1);
  expect([...ledger.entries()].map(({ at }) => at)).toEqual([Date.UTC(2026, 10, 3)]);
});

describe('the project of a folder', () => {
  const repo = (main: string) => ({ folder: '/w/app/src', workTree: main, main });
  it.each([
    ['the folder in the configuration', repo('/w/app'), 'consilio'],
    ['its repository', repo('/other/repo'), 'repo'],
    ['the folder itself', null, 'src'],
  ])('is named by %s', (_, repository, want) => {
    const folders = new Map(
      want === 'consilio'
        ? [
            ['/w', 'wide'],
            ['/w/app', 'consilio'],
            ['/w/ap', 'no'],
          ]
        : [],
    );
    expect(projectOf('/w/app/src', repository, folders)).toBe(want);
  });
  it('is always valid in budgets', () => {
    expect(projectOf('/w/my app (2)/', null, new Map())).toBe('my-app-2-');
    expect(projectOf('/', null, new Map())).toBe('unknown');
    expect(projectOf('/w/.config', null, new Map())).toBe('config');
    expect(projectOf(null, null, new Map())).toBe('unknown');
  });
});
