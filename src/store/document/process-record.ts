/** Processes in slots.yaml: of leases, queue entries, sessions, reservations, and the monitor. */
import type { ProcessRef } from '../../core/model/process-ref.ts';
import { bigCount, optional, record, text, words } from './codec.ts';

export const PID = bigCount(1, 2 ** 31);

export const PROCESS = record<ProcessRef>({
  pid: ['pid', PID],
  started: ['started', bigCount()],
  command: ['command', optional(words)],
  boot: ['boot', optional(text())],
  ns: ['ns', optional(bigCount())],
});
