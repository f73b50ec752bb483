/** The keys of config.yaml about transcripts and the sessions that write them: audit, claude. */
import { isProjectName } from '../../core/model/ids.ts';
import type { AuditSettings, ClaudeSettings, Consequence } from '../../core/settings/usage.ts';
import { CONSEQUENCES, DEFAULT_AUDIT, DEFAULT_CLAUDE } from '../../core/settings/usage.ts';
import { asCount, asMap, optional, ShapeError } from '../document/shape.ts';
import { asBoolean, percent, refuseUnknown } from './config-machine.ts';

function consequence(value: unknown): Consequence {
  const name = CONSEQUENCES.find((known) => known === value);
  if (name === undefined) throw new ShapeError(['audit', 'on_mismatch'], CONSEQUENCES.join(', '), value);
  return name;
}

/** Throws ShapeError for a value of the wrong kind, and for a key that there is not. */
export function readAuditSettings(value: unknown): AuditSettings {
  const map = optional(value, (item) => asMap(item, ['audit'])) ?? {};
  refuseUnknown(map, 'audit', ['tolerance_percent', 'tolerance_tokens', 'on_mismatch']);
  return {
    tolerancePercent:
      optional(map.tolerance_percent, (item) => percent(item, ['audit', 'tolerance_percent'])) ??
      DEFAULT_AUDIT.tolerancePercent,
    toleranceTokens:
      optional(map.tolerance_tokens, (item) => asCount(item, ['audit', 'tolerance_tokens'])) ??
      DEFAULT_AUDIT.toleranceTokens,
    onMismatch: optional(map.on_mismatch, consequence) ?? DEFAULT_AUDIT.onMismatch,
  };
}

function projects(value: unknown): ClaudeSettings['projects'] {
  const path = ['claude', 'projects'];
  const map = optional(value, (item) => asMap(item, path)) ?? {};
  return new Map(
    Object.entries(map).map(([folder, name]) => {
      if (!folder.startsWith('/')) throw new ShapeError([...path, folder], 'the absolute path of a folder', folder);
      if (typeof name !== 'string' || !isProjectName(name))
        throw new ShapeError([...path, folder], 'a project name (1 to 64 of A-Z a-z 0-9 . _ -)', name);
      return [folder, name] as const;
    }),
  );
}

/** Throws ShapeError for a value of the wrong kind, and for a key that there is not. */
export function readClaudeSettings(value: unknown): ClaudeSettings {
  const map = optional(value, (item) => asMap(item, ['claude'])) ?? {};
  refuseUnknown(map, 'claude', ['projects', 'watch', 'reap_orphans']);
  return {
    projects: projects(map.projects),
    watch: optional(map.watch, (item) => asBoolean(item, ['claude', 'watch'])) ?? DEFAULT_CLAUDE.watch,
    reapOrphans:
      optional(map.reap_orphans, (item) => asBoolean(item, ['claude', 'reap_orphans'])) ?? DEFAULT_CLAUDE.reapOrphans,
  };
}
