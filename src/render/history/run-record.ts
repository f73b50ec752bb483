import { type Lease, leaseSize } from '../../core/model/lease.ts';
import type { HistoryRecord } from '../../core/model/record.ts';
import type { RunEnd } from '../../ports/runner.ts';

/** The history record of a finished run. */
export function runRecord(lease: Lease, command: readonly string[], end: RunEnd, exit: number): HistoryRecord {
  return {
    kind: 'run',
    project: lease.project,
    lease: lease.id,
    agent: lease.agents[0]?.name ?? null,
    // Arguments may hold secrets.
    command: command[0]?.split('/').at(-1) ?? null,
    slots: leaseSize(lease),
    containment: lease.run?.containment ?? null,
    exit,
    signal: end.signal,
    started_at: new Date(end.startedMs).toISOString(),
    duration_seconds: end.durationMs / 1000,
    peak_memory_bytes: end.peakMemoryBytes,
    cpu_seconds: end.cpuMs === null ? null : end.cpuMs / 1000,
  };
}
