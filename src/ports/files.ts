/** The ports to files that we write for others. */
/** The file from which a collector takes our metrics. */
export interface Textfile {
  /** Puts `text` in the place of the file in `folder`, so that every reader sees a whole one; gives its path. Throws ExpectedError 74 or 77. */
  write(folder: string, text: string): string;
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

export type OpenTextfile = { openTextfile(): Promise<Textfile> };

export type OpenPageFiles = { openPageFiles(): Promise<PageFiles> };
