/** Counting of transcripts into budgets. */
import { describe, expect, it } from 'vitest';
import { newAgent } from '../../../src/core/budget/allocate.ts';
import type { Instant } from '../../../src/core/model/instants.ts';
import type { Counted } from '../../../src/core/usage/counting.ts';
import { countingPlan, folded } from '../../../src/core/usage/counting.ts';
import { ResponseLedger } from '../../../src/core/usage/ledger.ts';
import { Payers } from '../../../src/core/usage/observed.ts';
import { BUILT_IN } from '../../../src/core/usage/pricing.ts';
import { responsesIn } from '../../../src/core/usage/response.ts';
import { later } from '../../helpers/state.ts';
import { aLine } from '../../helpers/transcripts.ts';

const DAY = 86_400;

function aLedger() {
  const ledger = new ResponseLedger();
  const say = (id: string, seconds: number, output: number, more: Record<string, unknown> = {}) =>
    ledger.add(
      responsesIn(
        aLine({
          id,
          timestamp: new Date(later(seconds * 1000)).toISOString(),
          usage: { output_tokens: output },
          ...more,
        }),
      )[0] as never,
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
    ({ session, agentId }) => ({ name: `app/${agentId ?? session}`, former: null }),
    (agent, at) => at >= (begun.get(agent) ?? Number.POSITIVE_INFINITY),
  );
  const counted = new Map(before.map((amounts) => [amounts.agent.toLowerCase(), amounts]));
  return countingPlan(ledger.entries(), payers, agents, counted, later(now * 1000), BUILT_IN);
}
const tokens = (plans: readonly Counted[]) => plans.map(({ agent, pending }) => [agent, pending?.tokens ?? 0]);
const budget = (name: string, seconds = 0) => newAgent(`app/${name}`, 'default', later(seconds * 1000));

describe('counting', () => {
  it('counts a new response once, and later its growth', () => {
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

  it('leaves out usage from before the budget began, and starts again with another budget or window', () => {
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

  it('counts a subagent for its session until the subagent has a budget', () => {
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

  it('continues after old counted responses are forgotten', () => {
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

  it.each([30, 150])('counts neither twice nor too little after the clock was set back: %i', (now) => {
    const { ledger, say } = aLedger();
    say('m1', 5, 2);
    say('m2', 1000, 3);
    const done = plan(ledger, [budget('S1', 100)], [], DAY).map(folded);
    expect(done).toMatchObject([{ tokens: 3, from: later(100_000) }]);
    // The budget begins earlier by the new clock, before what another one used.
    say('m3', 20, 7);
    const back = plan(ledger, [budget('S1', 2)], done, now);
    expect(tokens(back)).toEqual([['app/S1', 0]]);
    const early = back.map(folded);
    say('m4', 40, 11);
    const late = plan(ledger, [budget('S1', 2)], early, now + 20).map(folded);
    say('m5', 2000, 13);
    const all = [...late, ...plan(ledger, [budget('S1', 2)], late, DAY).map(folded)];
    // m3 is lost: nothing tells it from usage before the budget.
    expect(all.map(({ tokens }) => tokens)).toEqual([12 + 11, 12 + 11 + 13]);
  });

  it('after the clock was set back keeps what it counted from before the budget, and what is too old', () => {
    const { ledger, say } = aLedger();
    say('m1', 5, 5);
    const early: Counted = {
      ...{ agent: 'app/S1', begunAt: later(100_000), from: later(2000), pending: null },
      ...{ tokens: 5, costMicroUsd: 0 },
    };
    say('m2', 70, 3);
    const old = plan(ledger, [budget('S1', 50)], [{ ...early, from: later(2000) }], 80);
    expect(tokens(old)).toEqual([['app/S1', 3]]);

    const other = aLedger();
    other.say('m1', 9.5 * DAY, 4);
    other.say('m2', 11 * DAY, 5);
    const kept: Counted = { ...early, begunAt: later(10 * DAY * 1000), from: later(10 * DAY * 1000) };
    other.say('m3', 39 * DAY, 3);
    expect(tokens(plan(other.ledger, [budget('S1', 9 * DAY)], [kept], 40 * DAY))).toEqual([['app/S1', 3]]);
  });

  it('goes on after a clock that was far ahead is put right, and forgets nothing of a budget without a beginning', () => {
    const { ledger, say } = aLedger();
    const begun = { ...budget('S1'), allocatedAt: 0 as Instant };
    say('m1', 5, 2);
    const done = plan(ledger, [begun], [], 10).map(folded);
    const far = plan(ledger, [begun], done, 9999 * DAY).map(folded);
    const back = plan(ledger, [begun], far, 20).map(folded);
    say('m2', 30, 3);
    expect(tokens(plan(ledger, [begun], back, 40))).toEqual([['app/S1', 3]]);
  });

  it('uses the same id for counts that continue from the same amounts', () => {
    const { ledger, say } = aLedger();
    say('m1', 1, 3);
    const [first] = plan(ledger, [budget('S1')]);
    say('m2', 2, 3);
    const [second] = plan(ledger, [budget('S1')]);
    expect(second?.pending?.id).toBe(first?.pending?.id);
    const [third] = plan(ledger, [budget('S1')], [folded(first as Counted)]);
    expect(third?.pending?.id).not.toBe(first?.pending?.id);
  });
});
