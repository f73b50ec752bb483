/** Status lines. A running agent in the list of a session gives a sign of life. */
import { findAgent } from '../../core/budget/books.ts';
import { standingIn } from '../../core/budget/standing.ts';
import { budgetOfAgent, sessionAgent } from '../../core/commands/session-names.ts';
import { type Fields, isMap } from '../../core/hooks/event.ts';
import type { LeaseId } from '../../core/model/ids.ts';
import { elapsedMs, type Instant } from '../../core/model/instants.ts';
import { findSession, leaseOfAgentId, RENEW_MS } from '../../core/model/session.ts';
import type { HookPorts } from '../../ports/hook.ts';
import type { Styles } from '../../ports/styles.ts';
import { budgetSegment, statusLine } from '../../render/status-line.ts';

const parsedMap = (text: string): Fields => {
  const value: unknown = JSON.parse(text);
  return isMap(value) ? value : {};
};

const textIn = (fields: Fields, key: string): string | null => {
  const value = fields[key];
  return typeof value === 'string' && value !== '' ? value : null;
};

/** The status line segment of a session. */
export async function sessionStatusLine(text: string, { store }: HookPorts, styles: Styles): Promise<string> {
  const snapshot = await store.read();
  const { state, environment } = snapshot;
  const session = findSession(state.sessions, textIn(parsedMap(text), 'session_id') ?? '');
  const agent = session === null ? null : findAgent(state.budgets, sessionAgent(state, session));
  const standing = agent === null ? null : standingIn(state.budgets, agent, environment.settings.budget);
  return statusLine(snapshot, { standing, tasks: session?.tasks ?? null }, styles);
}

/** A line of JSON for each agent with its own budget; other agents keep their rows. */
export async function agentLines(text: string, { store, now }: HookPorts, styles: Styles): Promise<readonly string[]> {
  const fields = parsedMap(text);
  const id = textIn(fields, 'session_id') ?? '';
  const tasks = Array.isArray(fields.tasks) ? fields.tasks.filter(isMap) : [];
  const { state, environment } = await store.read();
  const seen = new Map<LeaseId, Instant>();
  const lines = tasks.flatMap((task) => {
    const agentId = textIn(task, 'id');
    const lease = leaseOfAgentId(state.leases, id, agentId);
    if (agentId === null || lease === null) return [];
    const isRunning = (textIn(task, 'status') ?? 'running') === 'running';
    if (isRunning && elapsedMs(lease.spawn?.heardAt ?? now(), now()) >= RENEW_MS) seen.set(lease.id, now());
    const agent = budgetOfAgent(state, { id, project: lease.project, agent: null }, agentId);
    if (agent === null) return [];
    const standing = standingIn(state.budgets, agent, environment.settings.budget);
    const name = textIn(task, 'label') ?? textIn(task, 'name') ?? textIn(task, 'description') ?? agentId;
    return [JSON.stringify({ id: agentId, content: `${name} · ${budgetSegment(standing, styles)}` })];
  });
  if (seen.size > 0)
    await store.transact({ kind: 'session', do: 'silence', heard: seen, busy: new Set(), silent: new Map() });
  return lines;
}
