/**
 * Ends agents when memory runs out, one lease at a time: it is chosen on a fresh look, checked again, recorded in the
 * state, and ended. The next follows after it. The history records each step.
 */

import type { MachineSample } from '../../core/health/sample.ts';
import { decideReaping, isBelowHardLine } from '../../core/reap/decide.ts';
import type { Findings } from '../../core/reap/find.ts';
import { othersNow, targetOf } from '../../core/reap/targets.ts';
import { type Candidate, rankVictims } from '../../core/reap/victims.ts';
import { messageOf } from '../../errors.ts';
import type { MonitorPorts } from '../../ports/monitor.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import { candidateRecord, evidenceRecord, sampleRecord } from '../../render/history/journal.ts';
import { endedLine, victimLine } from '../../render/reaping.ts';

export interface Choice {
  readonly candidates: readonly Candidate[];
  readonly chosen: Candidate | null;
  readonly findings: Findings | null;
}

/** Measures every lease and ranks them as victims. */
export async function chooseVictim({ state, environment }: Snapshot, parts: MonitorPorts): Promise<Choice> {
  const trust = await parts.store.trust();
  const leases = state.leases.filter((lease) => lease.ending === null && trust.isOwn(lease));
  const looked = await parts.reaper.survey(leases, state.leases);
  const measured = looked.map(({ lease, findings, memoryBytes }) => ({
    lease,
    memoryBytes,
    processes: findings.found.length,
  }));
  const candidates = rankVictims(state, environment, measured);
  const best = candidates[0];
  const chosen = best !== undefined && best.excluded === null ? best : null;
  const findings = looked.find(({ lease }) => lease === chosen?.lease)?.findings ?? null;
  return { candidates, chosen, findings };
}

/** Ends at most one process tree at a time. */
export class VictimReaper {
  readonly #parts: MonitorPorts;
  #running: Promise<void> | null = null;
  #isHard = false;
  #lastWhy: string | null = null;
  /** When this monitor last began to end a lease, on the steady clock; null before. */
  reapedAtMs: number | null = null;

  constructor(parts: MonitorPorts) {
    this.#parts = parts;
  }

  /** Resolves when no lease is being ended. */
  async settled(): Promise<void> {
    await this.#running;
  }

  /** Begins to end the next lease if the sample, observed in this snapshot, demands it. */
  async consider(snapshot: Snapshot, sample: MachineSample): Promise<void> {
    const { state, environment } = snapshot;
    // A lease in its grace period is killed at once when memory falls below the hard line.
    this.#isHard = isBelowHardLine(state, environment, sample);
    if (this.#running !== null) return;
    const decision = decideReaping(state, environment, sample);
    if (decision.kind !== 'reap') {
      this.#lastWhy = null;
      return;
    }
    const choice = await chooseVictim(snapshot, this.#parts);
    const record = (action: string, result: object = {}) =>
      this.#parts.history.append({
        kind: 'reap',
        action,
        sample: sampleRecord(sample),
        reason: state.vmState.reason,
        candidates: choice.candidates.map(candidateRecord),
        chosen: choice.chosen?.lease.id ?? null,
        evidence: choice.findings === null ? [] : evidenceRecord(choice.findings),
        ...result,
      });
    if (choice.chosen === null) {
      this.#sayOnce('nothing to end: no lease would free memory', () => record('nothing-to-end'));
      return;
    }
    const { chosen } = choice;
    const line = victimLine(chosen, state);
    if (this.#parts.isDryRun || this.#parts.noKill) {
      this.#sayOnce(`would end ${line}`, () => record('would-end'));
      return;
    }
    // The look took time; memory may have recovered meanwhile.
    const again = await this.#parts.sample();
    if (decideReaping(state, { ...environment, now: again.at }, again).kind !== 'reap') {
      record('recovered', { sample_after: sampleRecord(again) });
      return;
    }
    const why = state.vmState.reason ?? 'memory ran out';
    await this.#parts.acts.begin({ kind: 'end-lease', lease: chosen.lease.id, why, by: 'machine' });
    this.reapedAtMs = this.#parts.steadyMs();
    this.#parts.say(`ending ${line}`);
    record('ending');
    this.#running = this.#end(chosen, decision.isHard, snapshot, record).finally(() => {
      this.#running = null;
    });
  }

  async #end(
    { lease }: Candidate,
    isHard: boolean,
    { state, environment }: Snapshot,
    record: (action: string, result: object) => void,
  ): Promise<void> {
    const { reaper, acts, store, say, steadyMs } = this.#parts;
    const begun = steadyMs();
    try {
      const { graceMs } = environment.settings.monitor;
      const target = targetOf([lease], state.leases);
      const others = async () => othersNow(target, [lease], await store.peek());
      const ended = await reaper.end(target, { graceMs, isHard, isHardNow: () => this.#isHard, others });
      const seconds = (steadyMs() - begun) / 1000;
      // Survivors still use their slots, so their lease stays. The process of an agent in a session is the session itself,
      // which is spared, so its lease ends anyway.
      const isOver = ended.survivors.length === 0 || lease.spawn !== null;
      if (isOver) await acts.write({ kind: 'ended', leases: [lease.id] });
      record('ended', {
        result: {
          terminated: ended.terminated.length,
          skipped: ended.skipped.map(({ row, why }) => ({ pid: row.pid, command: row.command, why })),
          survivors: ended.survivors.map(({ row }) => ({ pid: row.pid, command: row.command, state: row.state })),
          seconds,
        },
      });
      say(endedLine(lease, ended, seconds));
    } catch (error) {
      say(`could not end ${lease.id}: ${messageOf(error)}`);
    }
  }

  /** Reports the same decision only once in a row. */
  #sayOnce(line: string, also: () => void): void {
    if (this.#lastWhy === line) return;
    this.#lastWhy = line;
    this.#parts.say(line);
    also();
  }
}
