/** Readers of what comes in, each fed with mutated inputs in this process. A target throws Finding for a broken promise. */
import { answerEvent } from '../../src/app/hook/answer-event.ts';
import { Invocation } from '../../src/cli/invocation.ts';
import { readWords } from '../../src/cli/program.ts';
import { isZoneName, localZone } from '../../src/core/budget/local-zone.ts';
import type { BudgetOrder } from '../../src/core/budget/orders.ts';
import { hookEvent } from '../../src/core/hooks/event.ts';
import type { Json } from '../../src/core/integrate/json-node.ts';
import { installedLaunch } from '../../src/core/integrate/launch.ts';
import { merge } from '../../src/core/integrate/merge.ts';
import { unmerge } from '../../src/core/integrate/unmerge.ts';
import { wantedOf } from '../../src/core/integrate/wanted.ts';
import type { ProcessRef } from '../../src/core/model/process-ref.ts';
import type { Settings } from '../../src/core/settings/settings.ts';
import { readSettings } from '../../src/core/settings/settings.ts';
import { transition } from '../../src/core/transition.ts';
import { BEFORE_ROLLOUT, rolloutStep } from '../../src/core/usage/codex.ts';
import { ResponseLedger } from '../../src/core/usage/ledger.ts';
import { amountOf } from '../../src/core/usage/observed.ts';
import { BUILT_IN } from '../../src/core/usage/pricing.ts';
import { responsesIn } from '../../src/core/usage/response.ts';
import { EXIT, ExpectedError } from '../../src/errors.ts';
import { findHome } from '../../src/host/home.ts';
import { decoded, readSettingsText } from '../../src/host/integrate/read-json.ts';
import { homesOf } from '../../src/host/transcripts/find.ts';
import { stateDir } from '../../src/main/make-state.ts';
import type { HookPorts } from '../../src/ports/hook.ts';
import { hookJson } from '../../src/render/hook.ts';
import { plainStyles } from '../../src/render/text/styles.ts';
import { readConfig } from '../../src/store/config/config-file.ts';
import { formOf, inForm } from '../../src/store/document/file-form.ts';
import { parseSlots, type SlotsDocument } from '../../src/store/document/slots-document.ts';
import { hasWork } from '../../src/store/glance.ts';
import { openOut } from '../../src/ui/terminal/out.ts';
import { anEnvironment, aRequest, NOW, process_ } from '../helpers/state.ts';
import { committed, Finding, KeptState, orRefused } from './kept-state.ts';
import { type Chance, mutated, ODD } from './mutate.ts';
import { CODEX_RECORDS, CONFIG, EVENTS, RECORDS, SETTINGS, SLOTS, soundDocuments } from './samples.ts';
import { PLAIN, STAYS, specOf, variableOf, variablesOf, wordsOf } from './words.ts';

export type Target = (chance: Chance) => Promise<void>;

const ALL_RECORDS = [...RECORDS, ...CODEX_RECORDS];
const QUICK: Settings = readSettings({ hooks: { wait: '0s' } });

const oddProcess = (chance: Chance): ProcessRef | null =>
  chance.once(4) ? null : { ...process_(1 + chance.below(9)), command: chance.of([...ODD, 'node', 'claude']) };

const hostOf = (chance: Chance) => ({
  self: () => process_(8),
  process: (pid: number) => (pid < 9 ? process_(pid) : null),
  caller: () => oddProcess(chance),
  outlivesJobs: () => chance.of([true, false]),
});

async function slots(chance: Chance): Promise<void> {
  const text = mutated(chance.of(SLOTS), chance);
  let document: SlotsDocument;
  try {
    document = await parseSlots('slots.yaml', text, null);
  } catch (error) {
    if (error instanceof ExpectedError && error.exit !== EXIT.internal) return;
    throw new Finding(`slots.yaml: ${error}`, text, error);
  }
  const commands = [
    aRequest('odin', 1 + chance.below(3), { holder: oddProcess(chance) }),
    { kind: 'settle' },
    { kind: 'set-max', slots: chance.below(30) },
    { kind: 'budget', order: { do: 'rebalance', workflow: null } },
  ] as const;
  try {
    const { state } = transition(document.state, chance.of(commands) as never, anEnvironment());
    if (state !== document.state) await committed(document, state);
  } catch (error) {
    // A layout of a person may allow no change; then the file stays as it is.
    if (error instanceof ExpectedError && error.exit !== EXIT.internal) return;
    throw error instanceof Finding ? error : new Finding(`slots.yaml, changed: ${error}`, text, error);
  }
}

async function config(chance: Chance): Promise<void> {
  const text = mutated(CONFIG, chance);
  await orRefused(
    () => readConfig('config.yaml', text),
    () => text,
  );
  const { form, plain } = formOf(text);
  const rest = text.replaceAll('\r\n', '\n').replace(/^\ufeff/, '');
  if (plain !== rest) throw new Finding('the form of a text is more than its line ends and its mark', text);
  const isUniform = !/\r\n/.test(text) || !/(?<!\r)\n/.test(text);
  if (isUniform && inForm(plain, form) !== text) throw new Finding('a text in its form is another text', text);
}

async function hooks(chance: Chance, documents: readonly SlotsDocument[]): Promise<void> {
  const store = new KeptState(chance.of(documents), QUICK);
  const said: string[] = [];
  const env = {
    CLAUDE_PID: variableOf(chance, '5', '6'),
    RESOURCE_MANAGER_AGENT: variableOf(chance, 'odin/s1'),
    RESOURCE_MANAGER_PROJECT: variableOf(chance, 'odin'),
    RESOURCE_MANAGER_LEASE: variableOf(chance, 'L7'),
    CLAUDE_PROJECT_DIR: variableOf(chance, '/w/odin'),
  };
  const place = { folder: '/w/odin/src', workTree: '/w/odin', main: '/w/odin' };
  const repository = chance.of([null, place, { ...place, main: `/w/${chance.of(ODD)}` }]);
  const ports: HookPorts = {
    store,
    host: hostOf(chance),
    env,
    now: () => NOW,
    steadyMs: () => 0,
    memory: { last: () => null, keep: () => {} },
    repository: () => repository,
    nameSession: () => {},
    onInterrupt: () => () => {},
    openSigns: async () => ({ look: async () => ({ heard: new Map(), busy: new Set(), suspendedMs: 0 }) }),
  };
  for (let left = 1 + chance.below(3); left > 0; left -= 1) {
    const text = chance.once(5) ? chance.of(EVENTS) : mutated(chance.of(EVENTS), chance);
    said.push(text);
    try {
      JSON.parse(text);
    } catch {
      continue;
    }
    const all = () => JSON.stringify({ env, said });
    const attempt = async () => {
      const event = hookEvent(text, chance.once(2) ? 'pre-tool-use' : null);
      if (event === null) return;
      hasWork(event, () => store.document.text, env.RESOURCE_MANAGER_AGENT ?? null, NOW);
      const json = hookJson(event.name, await answerEvent(event, ports));
      if (json !== null) JSON.stringify(json);
    };
    await orRefused(async () => {
      try {
        await attempt();
      } catch (error) {
        // Only "not a JSON object" is a fault of the event.
        if (!(error instanceof SyntaxError)) throw error;
      }
    }, all);
  }
}

async function records(chance: Chance, documents: readonly SlotsDocument[]): Promise<void> {
  const ledger = new ResponseLedger();
  let rollout = BEFORE_ROLLOUT;
  const lines: string[] = [];
  for (let left = 1 + chance.below(4); left > 0; left -= 1) {
    const line = chance.once(3) ? chance.of(ALL_RECORDS) : mutated(chance.of(ALL_RECORDS), chance);
    lines.push(line);
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      continue;
    }
    await orRefused(
      () => {
        for (const response of responsesIn(value)) ledger.add(response);
        const step = rolloutStep(rollout, value);
        rollout = step.state;
        if (step.response !== null) ledger.add(step.response);
      },
      () => lines.join('\n'),
    );
  }
  let tokens = 0;
  let costMicroUsd = 0;
  for (const entry of ledger.entries()) {
    const amount = amountOf(entry, BUILT_IN);
    tokens += amount.tokens;
    costMicroUsd += amount.costMicroUsd;
  }
  if (!(Number.isFinite(tokens) && tokens >= 0 && Number.isFinite(costMicroUsd) && costMicroUsd >= 0))
    throw new Finding(`records count as ${tokens} tokens, ${costMicroUsd} micro-dollars`, lines.join('\n'));
  if (!chance.once(4)) return;
  const usage = { tokens, timeMs: 0, costMicroUsd };
  const unset = { progress: null, phase: null, reserve: null, holder: null, id: null };
  const order: BudgetOrder = { do: 'report', agent: 'consilio/auth', usage, ...unset };
  const store = new KeptState(documents[0] as SlotsDocument, QUICK);
  await orRefused(
    () => store.transact({ kind: 'budget', order }),
    () => lines.join('\n'),
  );
}

const LAUNCH = installedLaunch('/usr/bin/node', '/opt/rm/bin/resource-manager.cjs', null);
const WANTED = wantedOf('claude', LAUNCH, { maxSlots: 8, maxPerProject: 4 }, 2 ** 33);

async function settings(chance: Chance): Promise<void> {
  const text = mutated(chance.of(SETTINGS), chance);
  const read = (part: string) => readSettingsText('settings.json', part);
  await orRefused(
    () => {
      const { text: plain } = decoded('settings.json', Buffer.from(text));
      const root = read(plain);
      const { text: merged } = merge(plain, read, WANTED, null);
      JSON.parse(merged) as Json;
      if (merge(merged, read, WANTED, root).text !== merged) throw new Finding('a second install changes more', text);
      JSON.parse(unmerge(merged, read, WANTED, root).text) as Json;
    },
    () => text,
  );
}

const signsOf = (chance: Chance) => ({
  runtime: variableOf(chance, 'UTC', 'Europe/Vienna', 'Etc/Unknown'),
  variable: variableOf(chance, 'UTC', ':/etc/localtime', 'Asia/Tokyo'),
  file: variableOf(chance, '/usr/share/zoneinfo/Asia/Tokyo', '/etc/localtime') ?? null,
});

async function words(chance: Chance, documents: readonly SlotsDocument[]): Promise<void> {
  const store = new KeptState(chance.of(documents), QUICK);
  const env = variablesOf(chance);
  const typed: string[][] = [];
  const out = { answer: () => true, note: () => {}, styles: plainStyles(true), width: 80, isTerminal: false };
  const ports = {
    ...{ ...hostOf(chance), env, now: () => NOW, timeZone: () => localZone(signsOf(chance)) },
    ...{ onInterrupt: () => () => {}, openStore: async () => store },
  };
  for (let left = 1 + chance.below(3); left > 0; left -= 1) {
    const argv = await wordsOf(chance, chance.of(PLAIN));
    typed.push(argv);
    await orRefused(
      async () => {
        const reading = await readWords('resource-manager', argv);
        if ('text' in reading || STAYS.some((name) => reading.args.options.has(name))) return;
        const { command, args } = reading;
        if ((await specOf(argv[0] as string).catch(() => null)) !== command.spec) return;
        await command.run(new Invocation(args, out), ports as never);
      },
      () => JSON.stringify({ env, typed }),
    );
  }
}

async function environment(chance: Chance): Promise<void> {
  const signs = signsOf(chance);
  const zone = localZone(signs).name;
  if (!isZoneName(zone)) throw new Finding(`${zone} is no zone`, JSON.stringify(signs));
  const env = {
    HOME: variableOf(chance, '/root', '/home/a b', 'x'),
    RESOURCE_MANAGER_DIR: variableOf(chance, '/tmp/x', 'rel'),
    CLAUDE_CONFIG_DIR: variableOf(chance, '/a,/b', '~/.claude'),
    CODEX_HOME: variableOf(chance, '/c'),
    XDG_CONFIG_HOME: variableOf(chance, '/c', 'rel'),
    COLUMNS: variableOf(chance, '80', '0'),
    TERM: variableOf(chance, 'xterm', 'dumb'),
  };
  await orRefused(
    async () => {
      const home = findHome(env);
      if (home !== null && !home.startsWith('/')) throw new Finding(`the home is ${home}`, JSON.stringify(env));
      homesOf(env);
      const { width } = await openOut(env, chance.once(2));
      if (!(Number.isInteger(width) && width > 0)) throw new Finding(`the width is ${width}`, JSON.stringify(env));
      const dir = stateDir(chance.once(3) ? chance.of(ODD) : null, env);
      if (!dir.startsWith('/')) throw new Finding(`the state is in ${dir}`, JSON.stringify(env));
    },
    () => JSON.stringify(env),
  );
}

/** The targets by name, each with its part of all inputs. */
export async function openTargets(): Promise<
  Readonly<Record<string, { readonly part: number; readonly run: Target }>>
> {
  const documents = await soundDocuments();
  return {
    'slots.yaml': { part: 3, run: slots },
    'config.yaml': { part: 2, run: config },
    'hook events': { part: 4, run: (chance) => hooks(chance, documents) },
    records: { part: 4, run: (chance) => records(chance, documents) },
    settings: { part: 2, run: settings },
    arguments: { part: 3, run: (chance) => words(chance, documents) },
    environment: { part: 2, run: environment },
  };
}
