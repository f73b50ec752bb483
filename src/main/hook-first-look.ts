/**
 * The first look of a hook: reads the event and ends, unless there is something to do. It runs before every tool call of
 * every agent, so it is a bundle of its own with very little in it.
 */
import { existsSync, fstatSync, readdirSync, readlinkSync, readSync, statSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { HOOK_EVENTS, type HookWord, hookEvent, isSpawn, withoutMark } from '../core/hooks/event.ts';
import { nesting, OUTSIDE, WHOLE } from '../core/hooks/nesting.ts';
import { beatIn, FIRST_PID_NAMESPACE } from '../core/model/beat.ts';
import { shown } from '../core/shown.ts';
import { MOST_BYTES, readRegularText } from '../files/regular-file.ts';
import { textInState } from '../files/trust.ts';
import { findHome } from '../host/home.ts';
import { deniesIn, hasWork } from '../store/glance.ts';
import { load } from './launch.ts';
import { findStateDir } from './state-dir.ts';

const stateDir = (): string | null => findStateDir(process.env.RESOURCE_MANAGER_DIR, () => findHome(process.env));

/** True in a container whose processes hold slots, if the next sign of life of one of them is due. */
function isBeatDue(dir: string): boolean {
  if (process.platform !== 'linux') return false;
  const namespace = readlinkSync('/proc/self/ns/pid').slice('pid:['.length, -1);
  if (namespace === String(FIRST_PID_NAMESPACE)) return false;
  return [`${dir}/beats`, `${dir}/users/${process.geteuid?.()}/beats`].some((folder) => {
    if (!existsSync(folder)) return false;
    const names = readdirSync(folder).filter((name) => name.endsWith(`.${namespace}`));
    return names.some((name) => {
      const path = `${folder}/${name}`;
      const everyMs = beatIn(readRegularText(path, MOST_BYTES.small))?.everyMs ?? Number.POSITIVE_INFINITY;
      return Math.abs(Date.now() - statSync(path).mtimeMs) > everyMs;
    });
  });
}

/** The kind of work for an event, or null. An invalid event is work too, because hook.ts reports it. */
function workIn(word: HookWord | null, text: string): string | null {
  try {
    const event = hookEvent(text, word);
    if (event === null) return null;
    const kind = event.name === 'PreToolUse' && isSpawn(event) ? 'spawn' : event.name.toLowerCase();
    const dir = stateDir();
    if (dir === null) return kind;
    if (isBeatDue(dir)) return kind;
    const alias = process.env.RESOURCE_MANAGER_AGENT ?? null;
    return hasWork(event, () => textInState(`${dir}/slots.yaml`)?.text ?? null, alias, Date.now()) ? kind : null;
  } catch {
    return 'odd';
  }
}

class Misused extends Error {
  readonly hint: string;

  constructor(why: string, hint: string) {
    super(why);
    this.hint = hint;
  }
}

/** The word for the event, or null. `--dir` sets RESOURCE_MANAGER_DIR. Throws Misused. */
function wordIn(words: readonly string[]): string | null {
  let word: string | null = null;
  for (let at = 0; at < words.length; at += 1) {
    const text = words[at] as string;
    if (text === '--dir') at += 1;
    const dir = text === '--dir' ? words[at] : /^--dir=(.*)$/.exec(text)?.[1];
    if (dir !== undefined && dir !== '') process.env.RESOURCE_MANAGER_DIR = resolve(dir);
    else if (word === null && !text.startsWith('-')) word = text;
    else throw new Misused(`hook does not accept '${text}'`, 'see: resource-manager hook --help');
  }
  return word;
}

function hookWord(word: string | null): HookWord | null {
  if (word === null || Object.hasOwn(HOOK_EVENTS, word)) return word as HookWord | null;
  throw new Misused(`unknown hook event '${word}'`, `expected one of: ${Object.keys(HOOK_EVENTS).join(', ')}`);
}

const LONGEST_READ_MS = 5_000;
const LOOK_AGAIN_MS = 5;
/** Small enough for Node's buffer pool; most events are smaller. */
const FIRST_BYTES = 4_000;
/** Capacity of a pipe. */
const NEXT_BYTES = 64 << 10;

/** Reads into the bytes; 0 at the end of the input, and if nothing comes until the deadline, in seconds of this process. */
function readSome(bytes: Buffer, deadlineS: number): number {
  for (;;) {
    try {
      return readSync(0, bytes);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      if (process.uptime() > deadlineS) return 0;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
    }
  }
}

/** Reads until the JSON is complete, because the agent program may leave the pipe open. Throws for an endless input. */
function readEvent(): string {
  const deadlineS = process.uptime() + LONGEST_READ_MS / 1000;
  const first = Buffer.allocUnsafe(FIRST_BYTES);
  const size = readSome(first, deadlineS);
  const begun = first.subarray(0, size);
  // Most events come in one piece.
  if (size === 0 || (size < FIRST_BYTES && isWhole(begun))) return begun.toString('utf8');
  const chunks = [begun];
  let total = size;
  for (let level = nesting(begun, OUTSIDE); level !== WHOLE; ) {
    const next = Buffer.allocUnsafe(NEXT_BYTES);
    const chunk = next.subarray(0, readSome(next, deadlineS));
    if (chunk.length === 0) break;
    chunks.push(chunk);
    total += chunk.length;
    if (total > MOST_BYTES.text) throw new Error(`the event has more than ${MOST_BYTES.text >> 20} MiB`);
    level = nesting(chunk, level);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isWhole(bytes: Buffer): boolean {
  try {
    JSON.parse(withoutMark(bytes.toString('utf8')));
    return true;
  } catch {
    return false;
  }
}

function nameIn(word: HookWord | null, text: string): string | null {
  try {
    return hookEvent(text, word)?.name ?? null;
  } catch {
    return word === null ? null : HOOK_EVENTS[word];
  }
}

function isDenied(name: string | null): boolean {
  try {
    const dir = stateDir();
    const config = name === 'PreToolUse' && dir !== null ? textInState(`${dir}/config.yaml`) : null;
    return config?.isTrusted === true && deniesIn(config.text);
  } catch {
    return false;
  }
}

/** Reports an error of loading or running hook.ts, which reports its own errors. */
function reportBroken(error: unknown, name: string | null): void {
  process.exitCode = isDenied(name) ? 2 : 0;
  try {
    const message = error instanceof Error ? error.message : String(error);
    writeSync(2, `resource-manager: ${shown(message.split('\n')[0] ?? '')}\n`);
  } catch {
    // Standard error is closed.
  }
}

/** Answers a hook event or a status line of an agent program, sets the exit code and calls `exit`. */
export async function firstLook(verb: string, words: readonly string[], exit: () => void): Promise<void> {
  await answer(verb, words);
  exit();
}

async function answer(verb: string, words: readonly string[]): Promise<void> {
  let name: string | null = null;
  try {
    const given = wordIn(words);
    const word = verb === 'hook' ? hookWord(given) : null;
    if (word !== null) name = HOOK_EVENTS[word];
    if (verb !== 'hook' && given !== null)
      throw new Misused(`${verb} does not accept '${given}'`, `see: resource-manager ${verb} --help`);
    // Agent programs give no terminal as input, and checking that would cost a tenth of the run.
    const isAgents = process.env.CLAUDE_PID !== undefined || process.env.CLAUDECODE !== undefined;
    if (!isAgents && fstatSync(0).isCharacterDevice() && process.stdin.isTTY)
      throw new Misused(
        `${verb} reads JSON on standard input`,
        'agent programs call it; install it with: resource-manager integrate claude',
      );
    const text = readEvent();
    const kind = verb === 'hook' ? workIn(word, text) : verb;
    if (kind === null) return;
    name = verb === 'hook' ? nameIn(word, text) : null;
    await load('hook-answer', `hook-${kind}`, verb === 'hook' ? (word ?? '') : verb, text);
  } catch (error) {
    if (error instanceof Misused) {
      writeSync(2, shown(`error: ${error.message}\nhint: ${error.hint}\n`));
      process.exitCode = 64;
    } else reportBroken(error, name);
  }
}
