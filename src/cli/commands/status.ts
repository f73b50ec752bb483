import { projectKey } from '../../core/model/ids.ts';
import { knownProjects } from '../../core/projects.ts';
import { EXIT } from '../../errors.ts';
import { idleProjectJson, statusJson } from '../../render/json.ts';
import { noSuchProject } from '../../render/refusal.ts';
import { projectScreen, statusScreen } from '../../render/status.ts';
import { answer, tellBeside } from '../answer.ts';
import type { CommandSpec, Run } from '../command.ts';
import { project } from '../values.ts';

export const spec: CommandSpec = {
  name: 'status',
  summary: 'who has slots, who waits, and how the machine is',
  examples: [
    ['resource-status', 'the whole machine'],
    ['resource-status consilio', 'one project'],
    ['resource-status --json | jq .slots', 'for a script'],
  ],
  operands: [{ name: 'PROJECT', required: false, help: 'one project only' }],
  options: [],
};

export const run: Run = async (typed, context) => {
  const [only] = typed.operands;
  const name = only === undefined ? null : project(only);
  const store = await context.openStore();
  const snapshot = await store.read();
  tellBeside(typed, context, snapshot.repairs, []);
  const { styles, width } = context.out;
  if (name === null) {
    answer(
      typed,
      context,
      () => statusJson(snapshot),
      () => statusScreen(snapshot, styles, width),
    );
    return EXIT.ok;
  }
  const key = projectKey(name);
  const known = knownProjects(snapshot.state, snapshot.environment.settings);
  if (!known.some((spelling) => projectKey(spelling) === key)) throw noSuchProject(name, known);
  const ofProject = (item: { project: string }): boolean => projectKey(item.project) === key;
  answer(
    typed,
    context,
    () => {
      const whole = statusJson(snapshot);
      const own = whole.projects.find(ofProject) ?? idleProjectJson(name, snapshot);
      return { ...whole, projects: [own], queue: whole.queue.filter(ofProject) };
    },
    () => projectScreen(snapshot, name, styles, width),
  );
  return EXIT.ok;
};
