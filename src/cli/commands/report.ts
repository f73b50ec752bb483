import { budgetKey } from '../../core/model/budget.ts';
import type { Instant } from '../../core/model/instants.ts';
import { reportOf } from '../../core/report/report.ts';
import { EXIT } from '../../errors.ts';
import { lookBack } from '../../look-back.ts';
import { refusalError } from '../../render/refusal.ts';
import { reportJson, reportText } from '../../render/report.ts';
import { answer } from '../answer.ts';
import { workflowName } from '../budget-words.ts';
import type { CommandSpec, Run } from '../command.ts';
import { instantOf } from '../instant-words.ts';
import { optionOf } from '../values.ts';

export const spec: CommandSpec = {
  name: 'report',
  summary: 'where slots, tokens, time and money went, how well that worked, and what to change',
  examples: [
    ['resource-manager report', 'the last week'],
    ['resource-manager report nightly --since 24h', 'one workflow, a day'],
    ['resource-manager report --json | jq .metrics', 'for a script'],
  ],
  operands: [{ name: 'WORKFLOW', required: false, help: 'one workflow only' }],
  options: [{ name: 'since', value: 'WHEN', help: 'a duration back like 24h or 30d, or an instant (default: 7d)' }],
};

const WEEK_MS = 7 * 86_400_000;

export const run: Run = async (typed, context) => {
  const [named] = typed.operands;
  const workflow = named === undefined ? null : workflowName(named);
  const sinceOf = (now: Instant): Instant =>
    optionOf(typed, 'since', (text) => instantOf('--since', text, now)) ?? ((now - WEEK_MS) as Instant);
  const { state, since, until, tally, track, idle } = await lookBack(
    await context.openStore(),
    await context.readHistory(),
    sinceOf,
  );
  if (workflow !== null) {
    const told = [...state.budgets.workflows, ...state.budgets.agents, ...tally.agents.values()];
    const known = [...new Set(told.map((one) => one.workflow))];
    if (!known.some((name) => budgetKey(name) === budgetKey(workflow)))
      throw refusalError({ code: 'no-such-workflow', workflow, known });
  }
  const report = reportOf({ state, workflow, tally, score: track.score(null), idle });
  answer(
    typed,
    context,
    () => reportJson(report, since, until),
    () => reportText(report, since, until, context.out.styles, context.out.width),
  );
  return EXIT.ok;
};
