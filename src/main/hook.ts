/**
 * The composition root of hooks and status lines: an event on standard input, an answer on standard output. Our own
 * errors are reported, and `hooks.on_error` decides whether the tool call goes on. Exit code 2 means only a denial after
 * such an error.
 */
import { answerEvent } from '../app/hook/answer-event.ts';
import { GO_ON } from '../core/hooks/answer.ts';
import { HOOK_EVENTS, type HookEvent, type HookName, type HookWord, hookEvent } from '../core/hooks/event.ts';
import type { Instant } from '../core/model/instants.ts';
import { shown } from '../core/shown.ts';
import { EXIT, messageOf, orElse } from '../errors.ts';
import { isShared, textInState } from '../files/trust.ts';
import { repositoryOf } from '../host/repository.ts';
import { openMemory } from '../host/sessions/memory.ts';
import { nameSession } from '../host/sessions/names.ts';
import type { HookPorts } from '../ports/hook.ts';
import { brokenText, hookJson } from '../render/hook.ts';
import { ConfigFile } from '../store/config/config-file.ts';
import { openFileStore } from '../store/file-store.ts';
import { deniesIn } from '../store/glance.ts';
import { writeWhole } from '../ui/terminal/write.ts';
import { onInterrupt } from './interrupts.ts';
import { openMachine, openView } from './open-machine.ts';
import { storeOptions } from './open-store.ts';

const STDOUT = 1;
const STDERR = 2;
const BLOCK = 2;
/** All hooks of a session's end share 1.5 seconds. */
const LOCK_WAIT_AT_END_MS = 700;
/** A hook that waits longer for the lock fails, because the agent program waits for it. */
const LOCK_WAIT_MS = 5_000;

const now = (): Instant => Date.now() as Instant;
const steadyMs = (): number => process.uptime() * 1000;

async function dirOf(env: NodeJS.ProcessEnv): Promise<string> {
  const named = env.RESOURCE_MANAGER_DIR;
  return named?.startsWith('/') ? named : (await import('./make-state.ts')).stateDir(null, env);
}

async function openPorts(root: string, dir: string, lockWaitMs: number): Promise<HookPorts> {
  const host = await openMachine();
  const { env } = process;
  const options = storeOptions({ dir, root, host, env, now, onCreated: () => {}, onMissing: () => {} });
  return {
    store: openFileStore({ ...options, lockWaitMs }),
    host,
    env,
    now,
    steadyMs,
    memory: openMemory(dir),
    repository: repositoryOf,
    nameSession: (session, name) => nameSession(dir, session, name),
    openSigns: async () => (await import('../host/sessions/signs.ts')).openSigns({ view: await openView(), now }),
    onInterrupt,
  };
}

async function deniesOnError(dir: string): Promise<boolean> {
  try {
    return (await new ConfigFile(dir).settings()).hooks.onError === 'deny';
  } catch {
    // The broken file may be config.yaml itself.
    const config = textInState(`${dir}/config.yaml`);
    return config?.isTrusted === true && deniesIn(config.text);
  }
}

/** Reports an error and its consequence, and returns the exit code. */
async function reportBroken(error: unknown, dir: string | null, name: HookName | null): Promise<number> {
  // A message may quote a file of the state, and a model may read it.
  const isQuiet = dir !== null && orElse(() => isShared(dir), true);
  const message = isQuiet
    ? `the shared pool in ${dir} cannot be used (see: resource-manager doctor)`
    : messageOf(error);
  const canBlock = name === null || name === 'PreToolUse';
  const isDenied = canBlock && dir !== null && (await deniesOnError(dir).catch(() => false));
  const text = brokenText(message, canBlock ? !isDenied : null);
  writeWhole(STDERR, `${shown(text)}\n`);
  if (isDenied) return BLOCK;
  // Agent programs do not show the standard error of a successful hook.
  if (name !== null) writeWhole(STDOUT, `${shown(JSON.stringify({ systemMessage: text }))}\n`);
  return EXIT.ok;
}

function eventIn(text: string, word: HookWord | null): HookEvent | null {
  try {
    return hookEvent(text, word);
  } catch (error) {
    const why = messageOf(error);
    throw new Error(`standard input is not a hook event (${text.trim() === '' ? 'empty' : why})`);
  }
}

async function respond(root: string, word: HookWord | null, text: string): Promise<number> {
  let dir: string | null = null;
  let name: HookName | null = word === null ? null : HOOK_EVENTS[word];
  try {
    dir = await dirOf(process.env);
    const event = eventIn(text, word);
    if (event === null) return EXIT.ok;
    name = event.name;
    const ports = await openPorts(root, dir, name === 'SessionEnd' ? LOCK_WAIT_AT_END_MS : LOCK_WAIT_MS);
    const answer = await answerEvent(event, ports);
    const isMarked = answer !== GO_ON && ports.store.isShared();
    const json = hookJson(name, isMarked ? (await import('../render/hook-texts.ts')).sharedAnswer(answer) : answer);
    await ports.store.witness();
    if (json !== null) writeWhole(STDOUT, `${shown(JSON.stringify(json))}\n`);
    return EXIT.ok;
  } catch (error) {
    return reportBroken(error, dir, name);
  }
}

/** Prints a status line. After an error it is empty, because it is asked for several times a minute; doctor finds the cause. */
async function showLine(root: string, verb: string, text: string): Promise<void> {
  try {
    const [{ agentLines, sessionStatusLine: sessionLine }, { plainStyles }] = await Promise.all([
      import('../app/hook/status-lines.ts'),
      import('../render/text/styles.ts'),
    ]);
    const ports = await openPorts(root, await dirOf(process.env), LOCK_WAIT_AT_END_MS);
    const styles = plainStyles(!process.env.NO_EMOJI);
    const lines =
      verb === 'statusline' ? [await sessionLine(text, ports, styles)] : await agentLines(text, ports, styles);
    if (lines.length > 0) writeWhole(STDOUT, `${shown(lines.join('\n'))}\n`);
  } catch (error) {
    writeWhole(STDERR, `resource-manager: ${shown(messageOf(error))}\n`);
  }
}

let isReached = false;

/** True after this process has worked, so that its compiled code is worth caching. */
export const hasRun = (): boolean => isReached;

/** Answers one event, or prints a status line; `text` is the standard input that the first look has read. */
export async function main(word: string, root: string, text: string): Promise<void> {
  if (word === 'statusline' || word === 'subagent-statusline') {
    await showLine(root, word, text);
    isReached = true;
    return;
  }
  process.exitCode = await respond(root, Object.hasOwn(HOOK_EVENTS, word) ? (word as HookWord) : null, text);
  isReached = true;
}
