/** Options with which commands, hooks and the library open the state: own identity, dead processes, history, notices. */
import { hasOverduePause } from '../core/commands/pause.ts';
import type { Instant } from '../core/model/instants.ts';
import { openBeats } from '../files/beats.ts';
import { sinceBootMs } from '../host/boot-clock.ts';
import type { MachineHost } from '../host/host.ts';
import { readMoment } from '../host/moment.ts';
import type { Variables } from '../ports/host.ts';
import type { Committed } from '../ports/snapshot.ts';
import type { FileStoreOptions } from '../store/store-options.ts';

export interface StoreWish {
  readonly dir: string;
  /** The package's own folder. */
  readonly root: string;
  readonly host: MachineHost;
  readonly env: Variables;
  readonly now: () => Instant;
  /** False for a program with a source of the time of its own. */
  readonly isMachineTime?: boolean;
  /** Called with the size of a pool that was created. */
  readonly onCreated: (maxSlots: number) => void;
  /** Called when a reader finds no state. */
  readonly onMissing: () => void;
}

/** Options of the store. Rarely needed modules are loaded on demand, because a cold process pays for each. */
export function storeOptions(wish: StoreWish): FileStoreOptions {
  const { dir, root, host, env, now, isMachineTime = true, onCreated, onMissing } = wish;
  const self = host.self();
  return {
    dir,
    self,
    ...(isMachineTime ? { moment: () => readMoment(self) } : {}),
    observe: host.proveDead,
    beats: openBeats(dir, sinceBootMs),
    memory: host.memory,
    now,
    create: async () => {
      const { makeState } = await import('./make-state.ts');
      const made = makeState(root, dir, { maxSlots: null, maxPerProject: null, system: false, group: null });
      if (made.created) onCreated(made.maxSlots);
    },
    textsOfNew: async () => {
      onMissing();
      return (await import('./make-state.ts')).textsOfNewState(root);
    },
    notify: async (committed: Committed) => {
      const notices = (await import('../render/notice.ts')).noticesOf(committed);
      if (notices.length > 0) (await import('../host/notify/notifier.ts')).sendNotices(notices, env);
    },
    recordHistory: async (before, command, committed) => {
      // A killed monitor may have left leases paused: this command starts a round of the monitor that resumes them.
      if (
        hasOverduePause(committed.state, committed.environment) &&
        hasOverduePause(
          (await import('../files/vouchers.ts')).readTrust(dir).view(committed.state),
          committed.environment,
        )
      )
        (await import('../host/run/monitor-round.ts')).startMonitorRound(root, dir);
      const records = (await import('../render/history/history-records.ts')).historyRecords(before, command, committed);
      if (records.length === 0) return;
      const limits = () => committed.environment.settings.history;
      const { historyOf } = await import('../store/history/history.ts');
      (await historyOf(dir, now, limits)).append(...records);
    },
  };
}
