/**
 * Puts the instants of a state into the time of the present clock. A clock that was set moves all of them by the same
 * amount, so that waits, dwells and ends of leases go on as if nothing had happened: elapsed time is that of the machine's
 * boot clock, which nobody can set. Calendar dates stay: budget windows follow the wall clock.
 */
import type { CoreEvent } from '../event.ts';
import { type Instant, plusMs } from '../model/instants.ts';
import type { Lease } from '../model/lease.ts';
import type { BootClock, State } from '../model/state.ts';
import type { Settings } from '../settings/settings.ts';

/** One reading of the clocks. */
export interface Moment {
  readonly now: Instant;
  /** Null where the machine has no clock that nobody can set; then instants are taken as they are. */
  readonly clock: BootClock | null;
}

interface Move {
  /** Milliseconds by which the clock was set since the state was written, negative for back; null if that is unknown. */
  readonly byMs: number | null;
  readonly now: Instant;
  readonly settings: Settings;
}

/** The instant in the present time; `owner` is the record that it is a field of. */
type Rule<Owner> = (at: Instant, move: Move, owner: Owner) => Instant;

type Plain = string | number | boolean | null | undefined | ReadonlyMap<unknown, unknown>;

/** True for a type with an instant in it. */
type HasInstant<T> = T extends Instant
  ? true
  : T extends Plain
    ? false
    : T extends readonly (infer Item)[]
      ? HasInstant<Item>
      : { [Key in keyof T]-?: HasInstant<T[Key]> }[keyof T];

/** A rule for each instant in a record and its parts: the compiler refuses a table that leaves one out. */
type Rules<T> = {
  readonly [Key in keyof T as true extends HasInstant<T[Key]> ? Key : never]-?: NonNullable<T[Key]> extends Instant
    ? Rule<T>
    : NonNullable<T[Key]> extends readonly (infer Item)[]
      ? Rules<Item>
      : Rules<NonNullable<T[Key]>>;
};

const earlier = (a: number, b: number): Instant => Math.min(a, b) as Instant;

/** An event of the past. */
const since: Rule<unknown> = (at, { byMs, now }) => earlier(at + (byMs ?? 0), now);
/** The beginning of a budget; 0 for one that a person wrote without a beginning. */
const beginning: Rule<unknown> = (at, move, owner) => (at === 0 ? at : since(at, move, owner));
/** An end that is set at most `mostMs` ahead. */
const until =
  (mostMs: (settings: Settings) => number): Rule<unknown> =>
  (at, { byMs, now, settings }) =>
    byMs === null ? earlier(at, now + mostMs(settings)) : plusMs(at, byMs);
/** A date of the calendar. */
const date: Rule<unknown> = (at) => at;

/**
 * The end of a lease keeps its distance to the lease's beginning and last sign of life, which are not in the future.
 * A lease without a beginning was written by a person, with a date.
 */
const endOfLease: Rule<Lease> = (at, { byMs, now }, { acquiredAt, spawn }) => {
  if (acquiredAt === null) return at;
  const begun = Math.max(acquiredAt, spawn?.heardAt ?? acquiredAt);
  return earlier(at + (byMs ?? 0), at + now - begun);
};

const WINDOW = { startedAt: date, endsAt: date };
const SPAWN = { heardAt: since };

export const RULES: Rules<State> = {
  lastGrantAt: since,
  vmState: {
    strainedSince: since,
    criticalSince: since,
    calmSince: since,
    steppedAt: since,
    reapedAt: since,
    sampledAt: since,
  },
  leases: {
    acquiredAt: since,
    expiresAt: endOfLease,
    pausedAt: since,
    agents: { progressAt: since },
    spawn: SPAWN,
    ending: { since },
  },
  queue: {
    queuedAt: since,
    offeredUntil: until(({ claimWithinMs }) => claimWithinMs),
    lapsedAt: since,
    spawn: SPAWN,
  },
  budgets: {
    workflows: { window: WINDOW },
    agents: {
      reservations: { until: until(({ budget }) => budget.reservationTtlMs) },
      stopped: { at: since },
      allocatedAt: beginning,
      reportedAt: since,
      reclaimedAt: since,
      window: WINDOW,
    },
  },
  sessions: { startedAt: since },
  clock: { at: date },
};

type AnyRules = { readonly [key: string]: Rule<unknown> | AnyRules };
type AnyRecord = Readonly<Record<string, unknown>>;

/** The value in the present time; the same object if nothing in it moves. */
function moved(value: unknown, rules: Rule<unknown> | AnyRules, move: Move, owner: unknown): unknown {
  if (value === null) return null;
  if (typeof rules === 'function') return rules(value as Instant, move, owner);
  if (Array.isArray(value)) {
    const items = value.map((item) => moved(item, rules, move, value));
    return items.some((item, at) => item !== value[at]) ? items : value;
  }
  let next: Record<string, unknown> | null = null;
  for (const key of Object.keys(rules)) {
    const before = (value as AnyRecord)[key];
    const after = moved(before, rules[key] as AnyRules, move, value);
    if (after === before) continue;
    next ??= { ...(value as AnyRecord) };
    next[key] = after;
  }
  return next ?? value;
}

/** Smaller differences are errors of reading: the two clocks are read one after the other. */
const TOLERANCE_MS = 2_000;
/** All processes see the same jump, whatever the errors of their readings. */
const STEP_MS = 1_000;

/** True if the state's instants are by the clock of this moment. */
export const isInPresentTime = ({ clock: written }: State, { clock }: Moment): boolean =>
  clock === null ||
  (written !== null && written.boot === clock.boot && Math.abs(clock.at - written.at) <= TOLERANCE_MS);

export interface PresentState {
  readonly state: State;
  /** True if an instant moved, which is worth a commit; the clock alone is not. */
  readonly isMoved: boolean;
  /** Says by how much the clock was set, if instants moved by it; for the commit. */
  readonly events: readonly CoreEvent[];
}

/**
 * The state in the time of this moment. If its clock is of the same boot, its instants move by what the clock was set by
 * since. Else that cannot be known, and an instant moves only if it is later than its meaning allows.
 */
export function inPresentTime(state: State, moment: Moment, settings: Settings): PresentState {
  const { now, clock } = moment;
  if (clock === null || isInPresentTime(state, moment)) return { state, isMoved: false, events: [] };
  const { clock: written } = state;
  const isSameBoot = written !== null && written.boot === clock.boot;
  const byMs = isSameBoot ? Math.round((clock.at - written.at) / STEP_MS) * STEP_MS : null;
  const present = moved(state, RULES as unknown as AnyRules, { byMs, now, settings }, null) as State;
  const at = written === null || byMs === null ? clock.at : plusMs(written.at, byMs);
  const isMoved = present !== state;
  const events: CoreEvent[] = isMoved && byMs !== null ? [{ kind: 'clock-set', seconds: byMs / 1000 }] : [];
  return { state: { ...present, clock: { boot: clock.boot, at } }, isMoved, events };
}
