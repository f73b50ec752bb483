import { audit } from '../../app/audit.ts';
import type { BudgetOrder } from '../../core/budget/orders.ts';
import { budgetKey } from '../../core/model/budget.ts';
import type { AuditSettings } from '../../core/settings/usage.ts';
import { type AuditedAgent, hasMismatch, missing } from '../../core/usage/audit.ts';
import { EXIT } from '../../errors.ts';
import type { ReadHistory } from '../../ports/history.ts';
import type { OpenPrices } from '../../ports/prices.ts';
import type { OpenStore, Store } from '../../ports/store.ts';
import type { OpenTranscripts } from '../../ports/transcripts.ts';
import { auditJson, auditText, type Done } from '../../render/audit.ts';
import { refusalError } from '../../render/refusal.ts';
import { agentName } from '../budget-words.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { sinceIn, sinceOption } from '../instant-words.ts';

export const spec: CommandSpec = {
  about:
    'Compares what agents reported with what their transcripts show, and names the likely cause of a difference. The setting audit.on_mismatch decides what follows a mismatch: a warning, a correction or a stop.',
  examples: [
    ['resource-manager audit', 'all agents, the last week; exit 1 on a mismatch'],
    ['resource-manager audit consilio/auth --since 24h', 'one agent, a day'],
    ['resource-manager audit --dry-run', 'only compare, whatever audit.on_mismatch says'],
  ],
  operands: [{ name: 'AGENT', required: false, help: 'PROJECT/NAME or a bare name' }],
  options: [sinceOption('7d'), { name: 'dry-run', short: 'n', help: 'compare only; change nothing' }],
  exits: [[1, 'at least one agent has a mismatch']],
};

/** The order for an agent with a mismatch, by `audit.on_mismatch`; null when nothing is to be ordered. */
function orderFor(found: AuditedAgent, { onMismatch }: AuditSettings): BudgetOrder | null {
  const { agent, lines } = found;
  if (onMismatch === 'warn') return null;
  if (onMismatch === 'stop') return { do: 'stop', agent, reason: 'its reports and its transcripts do not agree' };
  const usage = { ...missing(found), timeMs: 0 };
  if (usage.tokens === 0 && usage.costMicroUsd === 0) return null;
  // The id makes two audits with the same figures correct them once.
  const id = `audit ${lines.map(({ observed, reported }) => `${observed}-${reported}`).join(' ')}`;
  return { do: 'report', agent, usage, progress: null, phase: null, id, reserve: null, holder: null };
}

async function carryOut(store: Store, order: BudgetOrder | null): Promise<Done> {
  if (order === null) return 'warned';
  const { outcome } = await store.transact({ kind: 'budget', order });
  if (outcome.kind !== 'budget') return 'warned';
  return order.do === 'stop' ? 'stopped' : 'corrected';
}

export const run: RunCommand<OpenStore & ReadHistory & OpenTranscripts & OpenPrices> = async (invocation, ports) => {
  const [named] = invocation.operands;
  const name = named === undefined ? null : agentName(named);
  const store = await ports.openStore();
  const snapshot = await store.read();
  const { now, settings } = snapshot.environment;
  const since = sinceIn(invocation, now);
  const found = audit(
    snapshot,
    await ports.readHistory(),
    await ports.openTranscripts(),
    await ports.openPrices(),
    since,
  );
  const agents = name === null ? found.agents : found.agents.filter((one) => budgetKey(one.agent) === budgetKey(name));
  if (name !== null && agents.length === 0)
    throw refusalError({ code: 'no-such-agent', agent: name, known: found.agents.map(({ agent }) => agent) });
  const shown: (AuditedAgent & { done: Done })[] = [];
  for (const one of agents) {
    const isOff = hasMismatch(one);
    const order = isOff && !invocation.has('dry-run') ? orderFor(one, settings.audit) : null;
    shown.push({ ...one, done: isOff ? await carryOut(store, order) : 'none' });
  }
  const { until, reading } = found;
  const { files, unparsed, unreadable } = reading;
  const screen = { agents: shown, since, until, settings: settings.audit, files, unparsed, unreadable };
  invocation.answer({ json: () => auditJson(screen), text: () => auditText(screen, invocation.out.styles) });
  return agents.some(hasMismatch) ? EXIT.checkedNo : EXIT.ok;
};
