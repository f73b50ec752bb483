/** The answer of a budget to the next tool call of its agent: nothing, a warning, a pause or a denial. */
import { findAgent } from '../../core/budget/books.ts';
import { type Standing, standingIn } from '../../core/budget/standing.ts';
import { GO_ON, type HookAnswer } from '../../core/hooks/answer.ts';
import { type HookEvent, isClaudeSpawn } from '../../core/hooks/event.ts';
import type { LastAnswer } from '../../core/hooks/last-answer.ts';
import type { AgentBudget } from '../../core/model/budget.ts';
import { LONGEST_PAUSE_MS } from '../../core/settings/hooks.ts';
import type { HookPorts, Seen } from '../../ports/hook.ts';
import { pausedText, stoppedText, warnedText } from '../../render/hook-texts.ts';

const WORTH_TELLING_MS = 500;
const NO_ANSWER: LastAnswer = { action: 'continue', pausedFor: null };

interface Paying {
  readonly agent: AgentBudget;
  readonly standing: Standing;
}

/** The present budget and its standing; null if it was released. */
async function standingNow({ agent: name }: AgentBudget, { store }: Pick<HookPorts, 'store'>): Promise<Paying | null> {
  const { state, environment } = await store.read();
  const agent = findAgent(state.budgets, name);
  return agent === null ? null : { agent, standing: standingIn(state.budgets, agent, environment.settings.budget) };
}

/** The answer for the tool call of the paying agent. */
export async function budgetAnswer(
  event: HookEvent,
  payer: AgentBudget,
  seen: Seen,
  ports: HookPorts,
): Promise<HookAnswer> {
  const paying = await standingNow(payer, ports);
  if (paying === null) return GO_ON;
  const { agent, standing } = paying;
  if (standing.action === 'stop') return stopped(event, agent, standing);

  // The main agent and each other agent get their own warnings and pauses.
  const line = `${agent.agent} ${event.agentId ?? ''}`;
  const last = ports.memory.last(line) ?? NO_ANSWER;
  const isOwed = agent.reportedAt === null || last.pausedFor !== agent.reportedAt;
  let now: Paying = paying;
  let pausedMs = 0;
  if (standing.action === 'throttle' && isOwed) {
    pausedMs = await pause(agent, standing.pauseMs, ports);
    // Its budget may have changed during the pause.
    const then = await standingNow(agent, ports);
    if (then === null) return GO_ON;
    now = then;
    if (now.standing.action === 'stop') return stopped(event, now.agent, now.standing);
  }
  const { action } = now.standing;
  if (last.action !== action || pausedMs > 0) ports.memory.keep(line, { action, pausedFor: agent.reportedAt });
  const isNews = last.action !== action && action !== 'continue';
  const context =
    pausedMs >= WORTH_TELLING_MS && isNews
      ? pausedText(now.agent, now.standing, pausedMs)
      : isNews
        ? warnedText(now.agent, now.standing)
        : null;
  const model = action === 'degrade' ? seen.settings.hooks.degradeModel : null;
  const input = model !== null && isClaudeSpawn(event) ? { ...event.toolInput, model } : null;
  return { ...GO_ON, context, input };
}

/** A session with a used-up budget must stop. An agent inside it only gets a denial: the others go on. */
const stopped = ({ agentId }: HookEvent, agent: AgentBudget, standing: Standing): HookAnswer => {
  const deny = stoppedText(agent, standing);
  return { ...GO_ON, deny, stop: agentId === null ? deny : null };
};

/** Waits until the pause ends or the agent is no longer throttled. Returns the time waited in milliseconds. */
async function pause(
  agent: AgentBudget,
  pauseMs: number,
  { store, steadyMs, onInterrupt }: HookPorts,
): Promise<number> {
  const begunAt = steadyMs();
  const wantedMs = Math.min(pauseMs, LONGEST_PAUSE_MS);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(end, wantedMs);
    const unwatch = store.watch(() => void look().catch(() => {}));
    const stopListening = onInterrupt(end);
    function end(): void {
      clearTimeout(timer);
      unwatch();
      stopListening();
      resolve();
    }
    async function look(): Promise<void> {
      if ((await standingNow(agent, { store }))?.standing.action !== 'throttle') end();
    }
  });
  return steadyMs() - begunAt;
}
