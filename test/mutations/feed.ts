/** Feeds mutated inputs one after the other and collects the broken promises, each kind once. */
import { Finding } from './kept-state.ts';
import { Chance } from './mutate.ts';
import { openTargets } from './targets.ts';
import { type Place, tryCommand } from './through-commands.ts';

export interface Found {
  /** The same for all inputs that show one fault. */
  readonly kind: string;
  readonly target: string;
  /** Number of the input, which with the seed repeats it. */
  readonly at: number;
  readonly why: string;
  readonly text: string;
  readonly stack: string;
}

export interface Range {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** Instant at which feeding ends, in milliseconds. */
  readonly deadlineMs?: number;
}

export interface Feeding {
  readonly found: readonly Found[];
  /** Inputs fed, by target. */
  readonly counts: ReadonlyMap<string, number>;
  readonly fed: number;
}

type Step = (chance: Chance) => Promise<void>;

async function fed(
  { seed, from, to, deadlineMs = Number.POSITIVE_INFINITY }: Range,
  stepOf: (at: number) => [string, Step],
) {
  const counts = new Map<string, number>();
  const found = new Map<string, Found>();
  let at = from;
  for (; at < to && Date.now() < deadlineMs; at += 1) {
    const [target, step] = stepOf(at);
    counts.set(target, (counts.get(target) ?? 0) + 1);
    try {
      await step(new Chance(seed + at));
    } catch (error) {
      const { message: why, stack = '', cause } = error as Error;
      const text = error instanceof Finding ? error.text : '';
      const kind = `${target}: ${why.replaceAll(/"(?:[^"\\]|\\.)*"|\d+/g, '·').slice(0, 90)}`;
      const deepest = cause instanceof Error ? (cause.stack ?? stack) : stack;
      if (!found.has(kind)) found.set(kind, { kind, target, at, why, text, stack: deepest });
    }
  }
  return { found: [...found.values()], counts, fed: at - from };
}

/** Feeds inputs `from` to `to` of this seed to the readers in this process. */
export async function feed(range: Range): Promise<Feeding> {
  const wheel = Object.entries(await openTargets()).flatMap(([name, { part, run }]) =>
    Array.from({ length: part }, (): [string, Step] => [name, run]),
  );
  return fed(range, (at) => wheel[at % wheel.length] as [string, Step]);
}

/** Feeds inputs to the commands, each in a process of its own, on a state that is made anew in `place`. */
export async function feedCommands(range: Range, place: Place): Promise<Feeding> {
  return fed(range, () => ['commands', (chance) => tryCommand(chance, place)]);
}
