/** A process as a snapshot of the whole table shows it. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  /** Process group and session; both are the pid of the process that led them first. */
  readonly group: number;
  readonly session: number;
  /** 0 when it has no terminal. */
  readonly tty: number;
  /** As the kernel counts it; with the pid it names the process within this boot. */
  readonly started: number;
  /** Letter of its state: R, S, D, T, Z … */
  readonly state: string;
  /** What it calls itself; anyone may call itself anything. */
  readonly command: string;
  readonly rssBytes: number;
}

export type ProcessTable = ReadonlyMap<number, ProcessRow>;

/** What is only looked up for those that matter. Null is not known. */
export interface ProcessDetail {
  readonly uid: number | null;
  /** Base name of the file it executes. */
  readonly program: string | null;
}

/** A session of Claude Code as the environment of what it started names it. */
export interface ClaudeSession {
  readonly pid: number;
  readonly id: string | null;
}

/** What the environment of a process tells about where it comes from. Null is not told. */
export interface Origin {
  /** Of the run that started it. */
  readonly mark: string | null;
  readonly claude: ClaudeSession | null;
}

/** A process by what cannot be mistaken within one boot. */
export type Identity = Pick<ProcessRow, 'pid' | 'started'>;

export const isSame = (row: ProcessRow | undefined, { started }: Identity): row is ProcessRow =>
  row !== undefined && row.started === started;
