import { projectKey } from '../../core/model/ids.ts';
import { knownProjects } from '../../core/projects.ts';
import { EXIT } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import type { OpenStore } from '../../ports/store.ts';
import type { OnInterrupt, Out } from '../../ports/terminal.ts';
import { projectStatusJson, statusJson } from '../../render/json/json.ts';
import { noSuchProject } from '../../render/refusal.ts';
import { projectScreen, statusScreen } from '../../render/status.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import type { Invocation } from '../invocation.ts';
import { project } from '../values.ts';

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
function said(invocation: Invocation, { styles, width }: Out, snapshot: Snapshot, name: string | null): string {
  const isJson = invocation.has('json');
  if (name === null) return isJson ? JSON.stringify(statusJson(snapshot)) : statusScreen(snapshot, styles, width);
  const key = projectKey(name);
  const known = knownProjects(snapshot.state, snapshot.environment.settings);
  if (!known.some((spelling) => projectKey(spelling) === key)) throw noSuchProject(name, known);
  return isJson ? JSON.stringify(projectStatusJson(snapshot, name)) : projectScreen(snapshot, name, styles, width);
}

export const run: RunCommand<OpenStore & OnInterrupt & Clock> = async (invocation, ports) => {
  const [only] = invocation.operands;
  const name = only === undefined ? null : project(only);
  const store = await ports.openStore();
  if (invocation.has('watch')) {
    const { watch } = await import('../watch.ts');
    return watch(invocation, ports, store, (snapshot) => said(invocation, invocation.out, snapshot, name));
  }
  const snapshot = await store.read();
  invocation.noteBeside(snapshot);
  const { unknown } = snapshot.environment.settings;
  const unused = await store.unusedKeys();
  if (unknown.length + unused.length > 0)
    (await import('../unused-keys.ts')).noteUnusedKeys(invocation, { unknown, unused }, store.dir);
  invocation.out.answer(said(invocation, invocation.out, snapshot, name));
  return EXIT.ok;
};
