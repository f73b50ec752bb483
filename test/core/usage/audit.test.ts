/** The audit of reports against transcripts: verdicts, likely causes and missing amounts. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src/core/settings/settings.ts';
import type { Reported } from '../../../src/core/usage/audit.ts';
import { auditOf, hasMismatch, missing } from '../../../src/core/usage/audit.ts';
import { ResponseLedger } from '../../../src/core/usage/ledger.ts';
import { observed, Payers } from '../../../src/core/usage/observed.ts';
import { BUILT_IN } from '../../../src/core/usage/pricing.ts';
import { responsesIn } from '../../../src/core/usage/response.ts';
import { aLine } from '../../helpers/transcripts.ts';

const usage = { input_tokens: 10_000, output_tokens: 20_000, cache_read_input_tokens: 70_000 };

function seenBy(lines: readonly unknown[], isKnown: (agent: string) => boolean = () => false) {
  const ledger = new ResponseLedger();
  for (const line of lines) ledger.add(responsesIn(line)[0] as never);
  const entries = [...ledger.entries()];
  const payers = new Payers(
    ledger.owners(),
    ({ session, agentId }) => ({ name: `app/${agentId ?? session}`, former: null }),
    isKnown,
  );
  return observed(entries, payers, () => 0, Number.POSITIVE_INFINITY, BUILT_IN);
}

const main = aLine({ id: 'm1', usage });
const nested = aLine({ id: 'm2', usage, agentId: 'a1' });
const reports = (tokens: number, costMicroUsd = 0, more: Partial<Reported> = {}): Reported => ({
  agent: 'app/S1',
  tokens,
  costMicroUsd,
  limited: new Set(),
  ...more,
});
const audited = (lines: readonly unknown[], reported: Reported | null) =>
  auditOf(seenBy(lines).get('app/s1') ?? null, reported, DEFAULT_SETTINGS.audit);
const inTokens = (lines: readonly unknown[], reported: Reported | null) => audited(lines, reported).lines[0];

describe('an agent', () => {
  it.each([
    ['reported all', [main], reports(100_000), 'agrees', null],
    ['is off within the tolerance', [main], reports(95_000), 'agrees', null],
    ['is off by few tokens', [aLine({ usage: { output_tokens: 1900 } })], reports(100), 'agrees', null],
    ['is off', [main], reports(50_000), 'mismatch', 'less-reported'],
    ['reported nothing', [main], reports(0), 'mismatch', 'nothing-reported'],
    ['reported twice', [main], reports(200_000), 'mismatch', 'reported-twice'],
    ['reported more', [main], reports(150_000), 'mismatch', 'more-reported'],
    ['left out its subagents', [main, nested], reports(100_000), 'mismatch', 'subagents-not-counted'],
    ['left out the cache', [main], reports(30_000), 'mismatch', 'cache-not-counted'],
    ['left out the output', [main], reports(80_000), 'mismatch', 'output-not-counted'],
    ['has no transcript', [], reports(9), 'unseen', null],
    ['has no budget', [main], null, 'unbudgeted', null],
    ['only reports money', [main], reports(0, 585_000), 'unreported', null],
    [
      'only reports money, but has a limit on tokens',
      [main],
      reports(0, 585_000, { limited: new Set(['tokens']) }),
      'mismatch',
      'nothing-reported',
    ],
  ] as const)('%s', (_, lines, reported, verdict, cause) => {
    expect(inTokens(lines, reported)).toMatchObject({ verdict, cause });
  });

  it('has a tolerance in money by the average cost of its tokens', () => {
    const cost = 10_000 * 5 + 20_000 * 25 + 70_000 * 0.5;
    expect(audited([main], reports(100_000, cost - 25_000)).lines[1]).toMatchObject({ verdict: 'agrees' });
    expect(audited([main], reports(100_000, cost / 3)).lines[1]).toMatchObject({ verdict: 'mismatch' });
  });

  it('may be off by the estimated cost of an unknown model', () => {
    const found = audited([aLine({ model: 'claude-saga-9', usage })], reports(100_000, 300_000));
    expect(found.lines[1]).toMatchObject({ verdict: 'mismatch', cause: 'unknown-model' });
    expect(found.unknownModels).toEqual(['claude-saga-9']);
  });
});

it('the missing amount is the unreported one, never below 0', () => {
  expect(missing(audited([main], reports(40_000)))).toEqual({ tokens: 60_000, costMicroUsd: 0 });
  expect(missing(audited([main], reports(400_000)))).toEqual({ tokens: 0, costMicroUsd: 0 });
  expect(missing(audited([main], reports(100_000)))).toEqual({ tokens: 0, costMicroUsd: 0 });
  expect(hasMismatch(audited([main], null))).toBe(false);
});

it('a known subagent pays for itself; the session pays for an unknown one', () => {
  expect([...seenBy([main, nested]).values()].map(({ agent, total }) => [agent, total.tokens])).toEqual([
    ['app/S1', 200_000],
  ]);
  const apart = seenBy([main, nested], (agent) => agent === 'app/a1');
  expect([...apart.values()].map(({ agent, total }) => [agent, total.tokens])).toEqual([
    ['app/S1', 100_000],
    ['app/a1', 100_000],
  ]);
});
