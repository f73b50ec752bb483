/**
 * The library: runs in the calling process, on the same core and state as commands.
 *
 * ```ts
 * import { openResourceManager } from 'agent-resource-manager';
 * const manager = openResourceManager();
 * const answer = await manager.request('consilio', 5);
 * if (answer.outcome === 'granted') await manager.release('consilio', { lease: answer.lease });
 * ```
 */

import { type BudgetManager, budgetOperations } from '../api/budgets.ts';
import { type ReportManager, reportOperations } from '../api/reports.ts';
import { type SlotManager, slotOperations } from '../api/slots.ts';
import type { Instant } from '../core/model/instants.ts';
import type { HistoryRecord } from '../core/model/record.ts';
import { linuxMemory } from '../host/health/linux.ts';
import { openHost } from '../host/host.ts';
import { linuxProcesses } from '../host/processes/linux.ts';
import { portableProcesses } from '../host/processes/portable.ts';
import { machineZone } from '../host/time-zone.ts';
import { openFileStore } from '../store/file-store.ts';
import { historyOf } from '../store/history/history.ts';
import { openHistoryReader } from '../store/history/history-reader.ts';
import { stateDir } from './make-state.ts';
import { storeOptions } from './open-store.ts';

export type {
  AllocateOptions,
  BudgetManager,
  BudgetSpec,
  UsageReport,
} from '../api/budgets.ts';
export type { HistoryOptions, ReportManager } from '../api/reports.ts';
export type { ReleaseAnswer, ReleaseOptions, RequestOptions, SetMaxAnswer, WaitOptions } from '../api/types.ts';
export type { Reason } from '../core/reason.ts';
export type { ExitCode } from '../errors.ts';
export { EXIT, ExpectedError, InternalError } from '../errors.ts';
export type { Clock } from '../ports/clock.ts';
export type { EfficiencyJson } from '../render/efficiency.ts';
export type { ForecastJson } from '../render/forecast.ts';
export type { RebalanceMove, ReportAnswer } from '../render/json/budget-json.ts';
export type {
  AgentJson,
  LeaseJson,
  ProjectJson,
  QueueEntryJson,
  RequestJson,
  SlotsJson,
  StatusJson,
} from '../render/json/json.ts';
export type { ReportJson } from '../render/json/report-json.ts';

export interface OpenOptions {
  /** Folder of the state; by default as for the commands: $RESOURCE_MANAGER_DIR, else ~/.resource-manager. */
  readonly dir?: string;
  /** Source of the time, in milliseconds since the epoch; for tests. */
  readonly clock?: { now(): number } | (() => number);
}

/** Every call may throw ExpectedError, with the `exit` of the command of the same name. */
export interface ResourceManager extends SlotManager, BudgetManager, ReportManager {
  readonly dir: string;
}

declare const __dirname: string;
/** The package's own folder, two levels above its bundle's file or one above the source. */
const PACKAGE_ROOT = `${__dirname}/..`;

/** Opens the pool. It reads and creates nothing before the first call. */
export function openResourceManager(options: OpenOptions = {}): ResourceManager {
  const { clock } = options;
  const time = typeof clock === 'function' ? clock : clock === undefined ? Date.now : () => clock.now();
  const now = (): Instant => time() as Instant;
  const { env } = process;
  const dir = stateDir(options.dir ?? null, env);
  const host = openHost(process.platform === 'linux' ? linuxProcesses() : portableProcesses(), linuxMemory());
  const store = openFileStore(
    storeOptions({
      dir,
      root: PACKAGE_ROOT,
      host,
      env,
      now,
      isMachineTime: clock === undefined,
      onCreated: () => {},
      onMissing: () => {},
    }),
  );
  const keep = async (records: readonly HistoryRecord[]): Promise<void> => {
    if (records.length === 0) return;
    const { history } = await store.settings();
    (await historyOf(dir, now, () => history)).append(...records);
  };
  return {
    dir,
    ...slotOperations({ store, host, environment: env }),
    ...budgetOperations({ store, host, timeZone: () => machineZone(env) }),
    ...reportOperations({ store, reader: openHistoryReader(dir), keep }),
  };
}
