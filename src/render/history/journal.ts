/** Samples, candidates and evidence as history records. */
import type { MachineSample } from '../../core/health/sample.ts';
import { usedPercent } from '../../core/health/signals.ts';
import type { Findings } from '../../core/reap/find.ts';
import type { Candidate } from '../../core/reap/victims.ts';
import { iso } from '../json/json-values.ts';

export const sampleRecord = (sample: MachineSample) => ({
  at: iso(sample.at),
  cpu_percent: sample.cpuPercent,
  memory_percent: sample.memory === null ? null : usedPercent(sample.memory),
  memory_available_bytes: sample.memory?.availableBytes ?? null,
  swap_percent: sample.swap === null ? null : usedPercent(sample.swap),
  load_average: sample.loadAverage,
  disk_percent: sample.disk?.usedPercent ?? null,
  pressure: {
    cpu_some: sample.pressure.cpuSome,
    memory_full: sample.pressure.memoryFull,
    io_full: sample.pressure.ioFull,
  },
  failures: sample.failures,
});

export const candidateRecord = (candidate: Candidate) => ({
  lease: candidate.lease.id,
  project: candidate.lease.project,
  priority: candidate.priority,
  memory_bytes: candidate.memoryBytes,
  expected_bytes: candidate.expectedBytes,
  over: candidate.isOver,
  retriable: candidate.lease.run?.isRetriable ?? false,
  acquired_at: iso(candidate.lease.acquiredAt),
  processes: candidate.processes,
  excluded: candidate.excluded,
});

export const evidenceRecord = ({ found }: Findings) =>
  found.map(({ row, evidence }) => ({ pid: row.pid, started: row.started, command: row.command, evidence }));
