/** The port to the transcripts of agent programs. */
import type { ProjectFolders } from '../core/settings/usage.ts';
import type { Counted } from '../core/usage/counting.ts';
import type { ResponseLedger } from '../core/usage/ledger.ts';
import type { Owner } from '../core/usage/response.ts';

/** What one look at the transcripts has read. */
export interface TranscriptsReading {
  /** Files that there are, and bytes that were new in them. */
  readonly files: number;
  readonly bytes: number;
  /** Lines that should tell of usage and are no JSON. */
  readonly unparsed: number;
  readonly unreadable: readonly string[];
}

/** The turn of one process to count transcripts into the budgets. */
export interface CountingTurn {
  /** What was counted before. Throws ExpectedError 65 for a damaged file. */
  counted(): readonly Counted[];
  /** Durable when it returns. Throws ExpectedError (74, 77), 75 when another process has taken the turn over. */
  keep(counted: readonly Counted[]): void;
  end(): void;
}

/** The transcripts that the agents of this user write. */
export interface Transcripts {
  /** The responses that they tell of, those of the last 60 days. */
  readonly ledger: ResponseLedger;
  /** Reads what was added since the last look, whoever took it. Never throws. */
  read(): TranscriptsReading;
  /** Makes the looks that follow cheaper and see more, until what it returns is called; for who looks often. */
  watch(): () => void;
  /** By which name the budgets know whoever wrote this. */
  nameOf(owner: Owner, projects: ProjectFolders): string;
  /** Sessions that have told another name since this was last asked. */
  takeRenamed(): ReadonlySet<string>;
  /** Remembers how far they were read. Throws ExpectedError (74, 77). */
  keep(): void;
  /** Makes this process the only one that counts, until the turn ends; null while another one does. */
  beginCounting(): CountingTurn | null;
}

export type OpenTranscripts = { openTranscripts(): Promise<Transcripts> };
