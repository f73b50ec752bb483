/**
 * Throttling by pauses: to keep the share r of its pace, an agent pauses for (1 / r - 1) times its working time. The
 * working time is the gap between two reports without the advised pause.
 */
import type { AgentBudget } from '../model/budget.ts';
import { elapsedMs, type Instant } from '../model/instants.ts';

/** Weight of the newest report in a moving average. */
export const NEWEST = 0.3;
/** A longer gap is idle time, not work. Also the longest pause: after it, a provider's prompt cache expires. */
const LONGEST_MS = 5 * 60_000;
const ASSUMED_WORK_MS = 1_000;

export const smoothed = (before: number | null, now: number): number =>
  Math.round(before === null ? now : NEWEST * now + (1 - NEWEST) * before);

/** Average working time between reports in milliseconds; null until there are two reports. */
export function busyAfter(agent: AgentBudget, now: Instant): number | null {
  if (agent.reportedAt === null) return agent.busyMs;
  const gapMs = elapsedMs(agent.reportedAt, now);
  if (gapMs > LONGEST_MS + agent.pauseMs) return agent.busyMs;
  // An agent that reports before its pause is over has not paused.
  return smoothed(agent.busyMs, gapMs >= agent.pauseMs ? gapMs - agent.pauseMs : gapMs);
}

/** Pause in milliseconds that keeps the agent at `rate` of its pace; without `busyMs`, `reportedMs` is the working time. */
export function pauseFor(busyMs: number | null, reportedMs: number, rate: number): number {
  const work = busyMs ?? (reportedMs > 0 ? reportedMs : ASSUMED_WORK_MS);
  return Math.min(LONGEST_MS, Math.round(work * (1 / rate - 1)));
}
