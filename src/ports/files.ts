/** The ports to files for other programs. */
/** The metrics file that a collector reads. */
export interface Textfile {
  /** Replaces the file in `folder` atomically and returns its path. Throws ExpectedError 74 or 77. */
  write(folder: string, text: string): string;
}

/** The script of a page, and its digest (base64) for a policy that permits only this script. */
export interface PageScript {
  readonly text: string;
  readonly sha256: string;
}

/** The script and the output file of a report's page. */
export interface PageFiles {
  script(): PageScript;
  /** Writes the file atomically. Returns its size in bytes. Throws ExpectedError (74, 77). */
  write(path: string, text: string): number;
}

export type OpenTextfile = { openTextfile(): Promise<Textfile> };

export type OpenPageFiles = { openPageFiles(): Promise<PageFiles> };
