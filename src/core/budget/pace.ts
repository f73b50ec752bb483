/**
 * Throttling by pauses: an agent that works for a time and is to keep a part of its pace pauses so long that work is that
 * part of the whole. What it worked is measured between its reports, the pause it was told left out.
 */
import type { AgentBudget } from '../model/budget.ts';
import { elapsedMs, type Instant } from '../model/instants.ts';

/** Weight of the newest report in what counts as lately. */
export const NEWEST = 0.3;
/** A longer silence is idleness, not work. Also the longest pause: beyond it a provider's prompt cache expires. */
const LONGEST_MS = 5 * 60_000;
const UNKNOWN_MS = 1_000;

export const smoothed = (before: number | null, now: number): number =>
  Math.round(before === null ? now : NEWEST * now + (1 - NEWEST) * before);

/** How long the agent lately works from report to report, in milliseconds; null until it can be told. */
export function busyAfter(agent: AgentBudget, now: Instant): number | null {
  if (agent.reportedAt === null) return agent.busyMs;
  const gapMs = elapsedMs(agent.reportedAt, now);
  if (gapMs > LONGEST_MS + agent.pauseMs) return agent.busyMs;
  // One that came back before its pause was over did not make it.
  return smoothed(agent.busyMs, gapMs >= agent.pauseMs ? gapMs - agent.pauseMs : gapMs);
}

/** The pause after which the agent keeps `rate` of its pace, in milliseconds. `reportedMs` stands in for a first report. */
export function pauseFor(busyMs: number | null, reportedMs: number, rate: number): number {
  const work = busyMs ?? (reportedMs > 0 ? reportedMs : UNKNOWN_MS);
  return Math.min(LONGEST_MS, Math.round(work * (1 / rate - 1)));
}
