/** One process in a snapshot of the process table. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  /** Process group and session; each is the pid of its first leader. */
  readonly group: number;
  readonly session: number;
  /** Controlling terminal; 0 without one. */
  readonly tty: number;
  /** Start time in kernel ticks; with the pid it names the process within this boot. */
  readonly started: number;
  /** State letter: R, S, D, T, Z … */
  readonly state: string;
  /** Name that the process gives itself; no proof of anything. */
  readonly command: string;
  readonly rssBytes: number;
}

export type ProcessTable = ReadonlyMap<number, ProcessRow>;

/** Facts that are looked up for relevant processes only. Null means not known. */
export interface ProcessDetail {
  readonly uid: number | null;
  /** Base name of the file it executes. */
  readonly program: string | null;
  /** The file it executes. */
  readonly path: string | null;
  /** Words of its command line; a process may change them. Empty if not known. */
  readonly argv: readonly string[];
}

/** A session of Claude Code, as the environment of its processes names it. */
export interface ClaudeSession {
  readonly pid: number;
  readonly id: string | null;
}

/** Origin of a process, from its environment. Null means that the environment does not say. */
export interface Origin {
  /** Mark of the run that started it. */
  readonly mark: string | null;
  readonly claude: ClaudeSession | null;
  /** Variables that agent programs set for the processes they start, as `NAME=VALUE`. */
  readonly agentVariables: readonly string[];
}

/** Identity of a process, unique within one boot. */
export type Identity = Pick<ProcessRow, 'pid' | 'started'>;

export const isSame = (row: ProcessRow | undefined, { started }: Identity): row is ProcessRow =>
  row !== undefined && row.started === started;
