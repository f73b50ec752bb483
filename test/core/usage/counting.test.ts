/** What is still to be counted of a budget's transcripts. */
import { describe, expect, it } from 'vitest';
import { newAgent } from '../../../src/core/budget/allocate.ts';
import type { Counted } from '../../../src/core/usage/counting.ts';
import { countingPlan, folded } from '../../../src/core/usage/counting.ts';
import { ResponseLedger } from '../../../src/core/usage/ledger.ts';
import { Payers } from '../../../src/core/usage/observed.ts';
import { responseIn } from '../../../src/core/usage/response.ts';
import { later } from '../../helpers/state.ts';
import { aLine } from '../../helpers/transcripts.ts';

const DAY = 86_400;

function aLedger() {
  const ledger = new ResponseLedger();
  const say = (id: string, seconds: number, output: number, more: Record<string, unknown> = {}) =>
    ledger.add(
      responseIn(
        aLine({
          id,
          timestamp: new Date(later(seconds * 1000)).toISOString(),
          usage: { output_tokens: output },
          ...more,
        }),
      ) as never,
    );
  return { ledger, say };
}

function plan(
  ledger: ResponseLedger,
  agents: ReturnType<typeof newAgent>[],
  before: readonly Counted[] = [],
  now = 60,
) {
  const begun = new Map(agents.map(({ agent, allocatedAt }) => [agent, allocatedAt]));
  const payers = new Payers(
    ledger.owners(),
    ({ session, agentId }) => `app/${agentId ?? session}`,
    (agent, at) => at >= (begun.get(agent) ?? Number.POSITIVE_INFINITY),
  );
  const books = new Map(before.map((one) => [one.agent.toLowerCase(), one]));
  return countingPlan(ledger.entries(), payers, agents, books, later(now * 1000));
}
const tokens = (plans: readonly Counted[]) => plans.map(({ agent, pending }) => [agent, pending?.tokens ?? 0]);
const budget = (name: string, seconds = 0) => newAgent(`app/${name}`, 'default', later(seconds * 1000));

describe('counting', () => {
  it('takes what is new, then nothing, then what grew', () => {
    const { ledger, say } = aLedger();
    say('m1', 1, 3);
    const first = plan(ledger, [budget('S1')]);
    expect(tokens(first)).toEqual([['app/S1', 3]]);
    expect(first[0]?.pending?.costMicroUsd).toBe(75);
    const done = first.map(folded);
    expect(tokens(plan(ledger, [budget('S1')], done))).toEqual([['app/S1', 0]]);
    say('m1', 1, 410);
    say('m2', 2, 10);
    expect(tokens(plan(ledger, [budget('S1')], done))).toEqual([['app/S1', 417]]);
  });

  it('leaves out what was before the budget began, and begins anew with another one', () => {
    const { ledger, say } = aLedger();
    say('m1', 1, 3);
    say('m2', 20, 5);
    const done = plan(ledger, [budget('S1', 10)]).map(folded);
    expect(done).toMatchObject([{ tokens: 5 }]);
    say('m3', 40, 7);
    expect(tokens(plan(ledger, [budget('S1', 30)], done))).toEqual([['app/S1', 7]]);
    const window = { per: 'day', timeZone: 'UTC', startedAt: later(15_000), endsAt: later(DAY * 1000) };
    expect(tokens(plan(ledger, [{ ...budget('S1', 10), window }], done))).toEqual([['app/S1', 12]]);
  });

  it('gives a subagent to its session until it has a budget of its own', () => {
    const { ledger, say } = aLedger();
    say('m1', 1, 3);
    say('m2', 2, 5, { agentId: 'a1' });
    const done = plan(ledger, [budget('S1')]).map(folded);
    expect(done).toMatchObject([{ tokens: 8 }]);
    say('m3', 20, 9, { agentId: 'a1' });
    expect(tokens(plan(ledger, [budget('S1'), budget('a1', 10)], done))).toEqual([
      ['app/S1', 0],
      ['app/a1', 9],
    ]);
  });

  it('goes on when what was counted long ago is forgotten', () => {
    const { ledger, say } = aLedger();
    say('m1', 1, 3);
    say('m2', 5 * DAY, 5);
    const done = plan(ledger, [budget('S1')], [], 6 * DAY).map(folded);
    const slid = plan(ledger, [budget('S1')], done, 32 * DAY).map(folded);
    expect(slid).toMatchObject([{ tokens: 5, from: later(2 * DAY * 1000) }]);
    ledger.forget(later(2 * DAY * 1000), 100);
    say('m3', 33 * DAY, 7);
    expect(tokens(plan(ledger, [budget('S1')], slid, 34 * DAY))).toEqual([['app/S1', 7]]);
  });

  it('has the same id for whoever counts on from the same amounts', () => {
    const { ledger, say } = aLedger();
    say('m1', 1, 3);
    const [one] = plan(ledger, [budget('S1')]);
    say('m2', 2, 3);
    const [two] = plan(ledger, [budget('S1')]);
    expect(two?.pending?.id).toBe(one?.pending?.id);
    const [three] = plan(ledger, [budget('S1')], [folded(one as Counted)]);
    expect(three?.pending?.id).not.toBe(one?.pending?.id);
  });
});
