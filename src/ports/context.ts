/** The ports: all that the commands may ask of the world. Types only; the composition root fills them. */
import type { CrossCheck, MachineFacts } from '../core/doctor/facts.ts';
import type { Environment } from '../core/environment.ts';
import type { CoreEvent } from '../core/event.ts';
import type { MachineSample } from '../core/health/sample.ts';
import type { Instant } from '../core/model/instants.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import type { State } from '../core/model/state.ts';
import type { ConfigEntry } from '../core/settings/keys.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { Command, Outcome } from '../core/transition.ts';
import type { History, HistoryReader, RecordedRun, Transcripts } from './history.ts';
import type { Integration, IntegrationChoice } from './integration.ts';
import type { Reaper, Runner, SignReader, Variables } from './processes.ts';
import type { Out, Screen } from './terminal.ts';

export type {
  History,
  HistoryReader,
  HistorySelection,
  RecordedCall,
  RecordedRun,
  Transcripts,
  TranscriptsReading,
} from './history.ts';
export type { Integration, IntegrationChoice, IntegrationPlan } from './integration.ts';

export type {
  EndedTrees,
  EndTreesOptions,
  Orphans,
  Reaper,
  RunEnd,
  Runner,
  RunPlan,
  SessionOrphans,
  SignReader,
  StartedRun,
  StartRequest,
  Surveyed,
} from './processes.ts';
export type { Out, Screen, ScreenListener, Styles } from './terminal.ts';

export interface Clock {
  now(): Instant;
}

/** A whole state with everything needed to decide on it or to show it. It holds no lock. */
export interface Snapshot {
  readonly state: State;
  readonly environment: Environment;
  /** True when settling now would change the file: someone died, or a time is up. */
  readonly isDue: boolean;
  /** What stood in the file against its own leases, in words. */
  readonly repairs: readonly string[];
}

export interface Committed extends Snapshot {
  readonly outcome: Outcome;
  readonly events: readonly CoreEvent[];
}

export interface InitResult {
  readonly dir: string;
  readonly created: boolean;
  readonly maxSlots: number;
  readonly maxPerProject: number;
}

/** The state on disk. Every call may throw ExpectedError (65, 73, 74, 75, 77, 78). */
export interface Store {
  readonly dir: string;
  /** Reads without the lock; what time and death have changed is already settled in it. */
  read(): Promise<Snapshot>;
  /** The state as it stands in the file, nothing settled; for a look that only wants to find something in it. */
  peek(): Promise<State>;
  /** Carries one command out under the lock; durable when it returns. */
  transact(command: Command): Promise<Committed>;
  /** Carries these out in their order as one: all of them are durable when it returns, or none is done. */
  transactAll(commands: readonly Command[]): Promise<readonly Committed[]>;
  /** The configuration in force. */
  settings(): Promise<Settings>;
  /** What `transact` would do now, and nothing of it done. */
  plan(command: Command): Promise<Committed>;
  /** Whether the file still has this ticket waiting; a cheap look for those who are woken by every change. */
  stillQueued(ticket: string): boolean;
  /** Calls back at each change of the state until the returned function is called. */
  watch(onChange: () => void): () => void;
}

export interface ConfigStore {
  /** Every setting, the nested ones too. */
  list(): Promise<readonly ConfigEntry[]>;
  /** One setting, or a map of those below the key. Throws ExpectedError 64 for a key that there is not. */
  get(key: string): Promise<Pick<ConfigEntry, 'value' | 'origin'>>;
  /** Sets one key; `value` is what the user typed. Returns the value as understood. */
  set(key: string, value: string): Promise<unknown>;
  /** Keys that do not count, because another user can have written them. */
  ignored(): Promise<readonly string[]>;
  readonly path: string;
}

/** What a command may learn about processes. */
export interface Host {
  /** This very process. */
  self(): ProcessRef;
  /** A running process by pid, or null. */
  process(pid: number): ProcessRef | null;
  /** The long-lived process that a command run from here acts for, or null when there is none but init. */
  caller(): ProcessRef | null;
}

export interface InitPlan {
  readonly maxSlots: number | null;
  readonly maxPerProject: number | null;
  readonly system: boolean;
}

/** The file from which a collector takes our metrics. */
export interface Textfile {
  /** Puts `text` in the place of the file in `folder`, so that every reader sees a whole one; gives its path. Throws ExpectedError 74 or 77. */
  write(folder: string, text: string): string;
}

/** What a platform can tell about the state of the machine. A probe that fails is in `failures`, nothing throws. */
export interface HealthProbe {
  /** One sample. Figures that are differences are taken since the sample before. */
  sample(): Promise<MachineSample>;
}

/** One thing that installing or removing the service does. */
export interface ServiceStep {
  readonly text: string;
  run(): void;
}

export interface ServiceStatus {
  /** The unit's file, or `crontab`. */
  readonly place: string;
  readonly isInstalled: boolean;
  /** It is what this version would install. */
  readonly isCurrent: boolean;
  readonly isActive: boolean;
  readonly since: string | null;
}

/** What keeps the monitor running on this machine. Its steps throw ExpectedError. */
export interface ServiceManager {
  readonly kind: 'systemd' | 'systemd-user' | 'cron';
  install(): readonly ServiceStep[];
  /** Empty when nothing is installed. */
  uninstall(): readonly ServiceStep[];
  status(): ServiceStatus;
  /** What else the user should do, or null. */
  advice(): string | null;
}

/** The program inside a page, and its digest (base64) for the policy that lets nothing else run. */
export interface PageScript {
  readonly text: string;
  readonly sha256: string;
}

/** What a report's page is made with, and where it is put. */
export interface PageFiles {
  script(): PageScript;
  /** Whole or not at all. Returns its size in bytes. Throws ExpectedError (74, 77). */
  write(path: string, text: string): number;
}

export interface Context {
  readonly clock: Clock;
  /** The machine's time zone, like Europe/Vienna. */
  timeZone(): string;
  readonly host: Host;
  readonly out: Out;
  readonly environment: Variables;
  /** The state that this run works on; makes it from the template when there is none. */
  openStore(): Promise<Store>;
  openConfig(): Promise<ConfigStore>;
  openRunner(): Promise<Runner>;
  openHistory(): Promise<History>;
  /** Of this state, or of what a path names. */
  readHistory(source?: string): Promise<HistoryReader>;
  /** Recorded runs in a folder, one file of JSON lines each. */
  readRuns(folder: string): Promise<readonly RecordedRun[]>;
  openTextfile(): Promise<Textfile>;
  openTranscripts(): Promise<Transcripts>;
  openPageFiles(): Promise<PageFiles>;
  openReaper(): Promise<Reaper>;
  openSigns(): Promise<SignReader>;
  openHealth(): Promise<HealthProbe>;
  /** `interval` as typed; null takes the configured one. */
  openServices(interval: string | null): Promise<ServiceManager>;
  openIntegration(choice: IntegrationChoice): Promise<Integration>;
  /** `init`: makes the state and says how it was sized. */
  init(plan: InitPlan): Promise<InitResult>;
  /** Whether there is a state, without making one. */
  hasState(): Promise<boolean>;
  /** Whether a last good revision is kept. */
  hasBackup(): Promise<boolean>;
  /** Puts the last good revision in the place of a damaged state; false when there was nothing to do or no way. */
  restoreState(): Promise<boolean>;
  facts(): Promise<MachineFacts>;
  crossCheck(): Promise<CrossCheck>;
  /** Asks on the terminal; null when nobody sits there. */
  ask(question: string): Promise<string | null>;
  /** Null when there is no terminal on both sides, or one that has no screen. */
  openScreen(): Promise<Screen | null>;
  /** For a command that stays: spend no memory on being fast. */
  stayLean(): Promise<void>;
  /** Runs `onSignal` when the user or the system asks this process to end. Returns how to stop listening. */
  onInterrupt(onSignal: (signal: number) => void): () => void;
}
