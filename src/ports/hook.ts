/** The ports of a hook. */
import type { LastAnswer } from '../core/hooks/last-answer.ts';
import type { State } from '../core/model/state.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { Repository, SessionName } from '../core/usage/attribution.ts';
import type { Clock, Stopwatch } from './clock.ts';
import type { Host, ProcessEnvironment } from './host.ts';
import type { OpenSigns } from './signs.ts';
import type { Store } from './store.ts';
import type { OnInterrupt } from './terminal.ts';

/** The last answers by agent; a forgotten answer is given again. */
export interface Memory {
  last(line: string): LastAnswer | null;
  keep(line: string, answer: LastAnswer): void;
}

/** The unsettled state in the file and the settings, in which a hook finds the session of an event. */
export interface Seen {
  readonly state: State;
  readonly settings: Settings;
}

export interface HookPorts extends Clock, Stopwatch, ProcessEnvironment, OpenSigns, OnInterrupt {
  readonly store: Store;
  readonly host: Host;
  readonly memory: Memory;
  repository(cwd: string): Repository | null;
  /** Keeps the session's name for later readers of its transcript. */
  nameSession(session: string, name: SessionName): void;
}
