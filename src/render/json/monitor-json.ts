/** The published answers of `monitor`: one round, and a line for each event. */
import type { MachineSample } from '../../core/health/sample.ts';
import type { Instant } from '../../core/model/instants.ts';
import type { State } from '../../core/model/state.ts';
import { sampleRecord } from '../history/journal.ts';
import { slotsJson, vmJson } from './json.ts';
import { iso } from './json-values.ts';

export const roundJson = (state: State, sample: MachineSample, lines: readonly string[]) => ({
  schema_version: 1,
  vm: vmJson(state),
  slots: slotsJson(state),
  sample: sampleRecord(sample),
  events: lines,
});

export const monitorEventJson = (at: Instant, event: string) => ({ schema_version: 1, at: iso(at), event });
