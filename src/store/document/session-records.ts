/** Sessions of agent programs in slots.yaml, one JSON object a line. */
import { NO_TASKS, type Session, type TaskCount } from '../../core/model/session.ts';
import { count, list, listed, openRecord, optional, record, text, time, usual } from './codec.ts';
import { PROCESS } from './process-record.ts';
import { PROJECT } from './records.ts';

const TASKS = record<TaskCount>({
  open: ['open', list(text())],
  done: ['done', { ...count(), read: usual(count(), 0).read }],
});

export const SESSION = openRecord<Session>({
  id: ['session', text()],
  project: ['project', PROJECT],
  agent: ['agent', optional(text())],
  process: ['process', optional(PROCESS)],
  transcript: ['transcript', optional(text())],
  startedAt: ['started_at', time],
  tasks: ['tasks', usual(TASKS, NO_TASKS, ({ open, done }) => open.length + done === 0)],
  endedAgents: ['ended_agents', listed(text())],
});
