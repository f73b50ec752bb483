import type { Told } from '../../core/hooks/told.ts';
import type { Instant } from '../../core/model/instants.ts';
import type { State } from '../../core/model/state.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { SessionName } from '../../core/usage/attribution.ts';
import type { Host, SignReader, Store } from '../../ports/context.ts';

/** Forgetting is no harm: then it is said again. */
export interface Memory {
  told(agent: string): Told | null;
  keep(agent: string, told: Told): void;
}

/** The state as it stands in the file, nothing settled, and the configuration: enough to find out whose event it is. */
export interface Seen {
  readonly state: State;
  readonly settings: Settings;
}

/** What a hook works with. */
export interface HookPorts {
  readonly store: Store;
  readonly host: Host;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Instant;
  readonly memory: Memory;
  gitRoot(cwd: string): string | null;
  /** Keeps the session's name for who reads its transcript later. */
  nameSession(session: string, name: SessionName): void;
  openSigns(): Promise<SignReader>;
  /** Calls back when this process is asked to end. Returns how to stop listening. */
  onInterrupt(end: (signal: number) => void): () => void;
}
