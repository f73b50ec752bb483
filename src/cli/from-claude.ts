/** `report-usage --from-claude`: counts the usage that transcripts record. */

import { budgetStanding } from '../app/budgets.ts';
import { UsageCounter } from '../app/count-usage.ts';
import { budgetKey } from '../core/model/budget.ts';
import { EXIT, ExpectedError } from '../errors.ts';
import type { OpenPrices } from '../ports/prices.ts';
import type { OpenStore } from '../ports/store.ts';
import type { OpenTranscripts } from '../ports/transcripts.ts';
import { standingText } from '../render/budget.ts';
import { countedJson } from '../render/json/budget-json.ts';
import { refusalError } from '../render/refusal.ts';
import { usageText } from '../render/text/amounts.ts';
import { plural } from '../render/text/counts.ts';
import { unknownLines, unreadLines } from '../render/transcripts.ts';
import type { Invocation } from './invocation.ts';
import { usageError } from './values.ts';

const OTHERS = ['tokens', 'time', 'cost', 'progress', 'phase', 'id', 'reserve'];

export async function reportFromTranscripts(
  agent: string | null,
  invocation: Invocation,
  ports: OpenStore & OpenTranscripts & OpenPrices,
): Promise<number> {
  const other = OTHERS.find((name) => invocation.has(name));
  if (other !== undefined)
    throw usageError(`--from-claude takes its figures from transcripts, not from --${other}`, 'leave one of them out');
  if (agent !== null && invocation.has('all'))
    throw usageError('--all and an agent exclude each other', 'leave the agent out, or --all');
  const store = await ports.openStore();
  if (agent !== null) {
    const { state } = await store.read();
    const known = state.budgets.agents.map((one) => one.agent);
    if (!known.some((name) => budgetKey(name) === budgetKey(agent)))
      throw refusalError({ code: 'no-such-agent', agent, known });
  }
  const transcripts = await ports.openTranscripts();
  const reading = transcripts.read();
  transcripts.keep();
  const counted = await new UsageCounter(store, transcripts, await ports.openPrices()).count({
    agent,
    isAll: invocation.has('all'),
  });
  if (counted === null)
    throw new ExpectedError('counting', 'another process is counting the transcripts now', {
      hint: 'try again in a moment; with claude.watch the monitor counts them by itself',
      exit: EXIT.notNow,
    });
  const snapshot = await store.read();
  const shown = counted.flatMap((one) => {
    const found = budgetStanding(snapshot, one.agent);
    return found === null ? [] : [{ ...one, ...found }];
  });
  invocation.answer({
    json: () => countedJson(shown, reading),
    text: () =>
      [
        ...shown.flatMap((one) => [
          standingText(one, invocation.out.styles),
          `   counted now: ${usageText({ tokens: one.tokens, costMicroUsd: one.costMicroUsd, timeMs: 0 })}`,
          ...unknownLines(one.agent.unknownModels),
        ]),
        ...unreadLines(reading),
        ...(shown.length === 0
          ? [`No new usage of agents with a budget in ${plural(reading.files, 'transcript')}`]
          : []),
      ].join('\n'),
  });
  return EXIT.ok;
}
