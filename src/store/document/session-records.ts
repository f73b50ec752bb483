/** Sessions of agent programs in slots.yaml, one JSON object a line. */
import type { Instant } from '../../core/model/instants.ts';
import type { Session } from '../../core/model/session.ts';
import { NO_TASKS } from '../../core/model/session.ts';
import type { Path } from '../../core/shape.ts';
import { asCount, asInstantMs, asList, asMap, asText, extraKeys, optional } from '../../core/shape.ts';
import { processRef, projectName, refRecord } from './records.ts';

const SESSION_KEYS = new Set('session project agent process transcript started_at tasks ended_agents'.split(' '));

const iso = (at: Instant): string => new Date(at).toISOString();

const idsIn = (value: unknown, path: Path): readonly string[] =>
  asList(value, path).map((id, n) => asText(id, [...path, n]));

export function sessionFromRecord(value: unknown, path: Path): Session {
  const map = asMap(value, path);
  const at = (key: string): Path => [...path, key];
  return {
    id: asText(map.session, at('session')),
    project: projectName(map.project, at('project')),
    agent: optional(map.agent, (name) => asText(name, at('agent'))),
    process: optional(map.process, (ref) => processRef(ref, at('process'))),
    transcript: optional(map.transcript, (file) => asText(file, at('transcript'))),
    startedAt: asInstantMs(map.started_at, at('started_at')) as Instant,
    tasks:
      optional(map.tasks, (tasks) => {
        const { open, done } = asMap(tasks, at('tasks'));
        return {
          open: idsIn(open, [...at('tasks'), 'open']),
          done: optional(done, (count) => asCount(count, [...at('tasks'), 'done'])) ?? 0,
        };
      }) ?? NO_TASKS,
    endedAgents: optional(map.ended_agents, (ids) => idsIn(ids, at('ended_agents'))) ?? [],
    extra: extraKeys(map, SESSION_KEYS),
  };
}

export const sessionLine = ({
  id,
  project,
  agent,
  process,
  transcript,
  startedAt,
  tasks,
  endedAgents,
  extra,
}: Session): string =>
  JSON.stringify({
    session: id,
    project,
    ...(agent === null ? {} : { agent }),
    ...(process === null ? {} : { process: refRecord(process) }),
    ...(transcript === null ? {} : { transcript }),
    started_at: iso(startedAt),
    ...(tasks.open.length + tasks.done === 0 ? {} : { tasks }),
    ...(endedAgents.length === 0 ? {} : { ended_agents: endedAgents }),
    ...extra,
  });
