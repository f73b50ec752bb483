import { projectKey } from '../../core/model/ids.ts';
import { knownProjects } from '../../core/projects.ts';
import { EXIT } from '../../errors.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import type { Out } from '../../ports/terminal.ts';
import { projectStatusJson, statusJson } from '../../render/json/json.ts';
import { noSuchProject } from '../../render/refusal.ts';
import { projectScreen, statusScreen } from '../../render/status.ts';
import { tellBeside } from '../answer.ts';
import type { CommandSpec, RunCommand, Typed } from '../command.ts';
import { has, project } from '../values.ts';

export const spec: CommandSpec = {
  about:
    'Shows who holds slots, who waits and why, and the health of the machine. It takes no lock and changes nothing. With --watch it prints again whenever something changes.',
  examples: [
    ['resource-status', 'the whole machine'],
    ['resource-status consilio', 'one project'],
    ['resource-status --watch', 'print again after each change, until Ctrl-C'],
    ['resource-status --json | jq .slots', 'for a script'],
  ],
  operands: [{ name: 'PROJECT', required: false, help: 'show one project only' }],
  options: [
    {
      name: 'watch',
      value: 'DURATION',
      optionalValue: true,
      help: 'print again after each change; look at least this often',
    },
  ],
};

/** The answer for one snapshot, as JSON or as text. Throws ExpectedError 66 for an unknown project. */
function said(typed: Typed, { styles, width }: Out, snapshot: Snapshot, name: string | null): string {
  const isJson = has(typed, 'json');
  if (name === null) return isJson ? JSON.stringify(statusJson(snapshot)) : statusScreen(snapshot, styles, width);
  const key = projectKey(name);
  const known = knownProjects(snapshot.state, snapshot.environment.settings);
  if (!known.some((spelling) => projectKey(spelling) === key)) throw noSuchProject(name, known);
  return isJson ? JSON.stringify(projectStatusJson(snapshot, name)) : projectScreen(snapshot, name, styles, width);
}

export const run: RunCommand = async (typed, context) => {
  const [only] = typed.operands;
  const name = only === undefined ? null : project(only);
  const store = await context.openStore();
  if (has(typed, 'watch')) {
    const { watch } = await import('../watch.ts');
    return watch(typed, context, store, (snapshot) => said(typed, context.out, snapshot, name));
  }
  const snapshot = await store.read();
  tellBeside(typed, context, snapshot.repairs, []);
  context.out.answer(said(typed, context.out, snapshot, name));
  return EXIT.ok;
};
