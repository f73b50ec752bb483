/** The port to the transcripts of agent programs. */
import type { ProjectFolders } from '../core/settings/usage.ts';
import type { OwnerName } from '../core/usage/attribution.ts';
import type { Counted } from '../core/usage/counting.ts';
import type { ResponseLedger } from '../core/usage/ledger.ts';
import type { Owner } from '../core/usage/response.ts';

/** The result of one reading of the transcripts. */
export interface TranscriptsReading {
  /** Number of transcripts, and of new bytes in them. */
  readonly files: number;
  readonly bytes: number;
  /** False if the reading ended early and the next one goes on. */
  readonly isDone: boolean;
  /** Lines with usage that are not JSON. */
  readonly unparsed: number;
  /** Files and folders that cannot be read, so that their usage is not counted. */
  readonly unreadable: readonly string[];
}

/** The turn of one process to count transcripts into the budgets. */
export interface CountingTurn {
  /** The amounts counted so far. Throws ExpectedError 65 for a damaged file. */
  counted(): readonly Counted[];
  /** Durable when it returns. Throws ExpectedError (74, 77), 75 when another process has taken the turn over. */
  keep(counted: readonly Counted[]): void;
  end(): void;
}

/** The transcripts of this user's agents. */
export interface Transcripts {
  /** The responses in the transcripts of the last 60 days. */
  readonly ledger: ResponseLedger;
  /**
   * Reads the lines since the last reading of any process, about `most` bytes of them, and saves the progress of a long
   * reading. Never throws.
   */
  read(most?: number): TranscriptsReading;
  /** Starts watching the transcript folders, which makes later reads cheaper. Returns a function that stops it. */
  watch(): () => void;
  /** The budget names of the owner of a transcript. */
  nameOf(owner: Owner, projects: ProjectFolders): OwnerName;
  /** Sessions with a new name since the last call. */
  takeRenamed(): ReadonlySet<string>;
  /** Writes down how far the transcripts are read. Throws ExpectedError (74, 77). */
  keep(): void;
  /** Makes this process the only one that counts, until the turn ends; null while another one does. */
  beginCounting(): CountingTurn | null;
}

export type OpenTranscripts = { openTranscripts(): Promise<Transcripts> };
