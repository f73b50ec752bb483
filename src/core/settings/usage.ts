/** `audit:` and `claude:` of config.yaml: reading transcripts, and comparing them with reports. */
import { type Path, ShapeError } from '../shape.ts';
import { count, flag, percent, projectName, words } from './kinds.ts';
import { type Each, type Row, row, type Values } from './rows.ts';

/** Projects by absolute folder; each includes the folders below. */
export type ProjectFolders = ReadonlyMap<string, string>;

export const AUDIT = {
  tolerancePercent: row(
    'tolerance_percent',
    percent,
    5,
    'A report is wrong when it differs from the transcripts by more than this, and by more than `tolerance_tokens`.',
  ),
  toleranceTokens: row(
    'tolerance_tokens',
    count(0),
    2000,
    'A report is wrong when it differs by more than this many tokens, and by more than `tolerance_percent`.',
  ),
  onMismatch: row(
    'on_mismatch',
    words(['warn', 'correct', 'stop']),
    'warn',
    'For a wrong report, `audit` only warns (`warn`), adds the missing usage (`correct`), or stops the agent (`stop`).',
  ),
};
export type AuditSettings = Values<typeof AUDIT>;

function absolute(folder: string, path: Path): string {
  if (!folder.startsWith('/')) throw new ShapeError(path, 'the absolute path of a folder', folder);
  return folder;
}

const projects: Each<string, Row<string>> = {
  key: 'projects',
  name: 'FOLDER',
  keyOf: absolute,
  item: {
    ...row('FOLDER', projectName, null, 'Project of the sessions that are started in this folder or below it.'),
    otherwise: 'name of its git repository',
  },
};

export const CLAUDE = {
  projects,
  watch: row(
    'watch',
    flag,
    false,
    'The monitor counts the usage that transcripts show, so that agents need not report it.',
  ),
  reapOrphans: row('reap_orphans', flag, false, 'The monitor ends processes that dead sessions have left behind.'),
};
