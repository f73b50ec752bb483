/** All that commands may ask of the world. */
import type { CrossCheck, MachineFacts } from '../core/doctor/facts.ts';
import type { Clock } from './clock.ts';
import type { ConfigStore } from './config.ts';
import type { PageFiles, Textfile } from './files.ts';
import type { HealthProbe } from './health.ts';
import type { History, HistoryReader, RecordedRun } from './history.ts';
import type { Host, Variables } from './host.ts';
import type { Integration, IntegrationChoice } from './integration.ts';
import type { Reaper } from './reaper.ts';
import type { Runner } from './runner.ts';
import type { ServiceManager } from './service.ts';
import type { SignReader } from './signs.ts';
import type { InitPlan, InitResult, Store } from './store.ts';
import type { Out, Screen } from './terminal.ts';
import type { Transcripts } from './transcripts.ts';

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
