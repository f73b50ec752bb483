import { ActRecord } from '../../app/act-record.ts';
import { Monitor, type Tick } from '../../app/monitor/monitor.ts';
import { outcomeOf } from '../../app/outcome.ts';
import { MONITOR_BEAT_MS } from '../../core/model/beat.ts';
import type { ProcessRef } from '../../core/model/process-ref.ts';
import { effectiveMaxSlots, usedSlots } from '../../core/model/state.ts';
import { EXIT, ExpectedError, messageOf } from '../../errors.ts';
import type { Clock, Stopwatch } from '../../ports/clock.ts';
import type { OpenTextfile } from '../../ports/files.ts';
import type { OpenHealth } from '../../ports/health.ts';
import type { OpenHistory, ReadHistory } from '../../ports/history.ts';
import type { Host, StayLean, SystemLog } from '../../ports/host.ts';
import type { MonitorPlace, OpenActAs, OpenMonitorPlace } from '../../ports/monitor.ts';
import type { OpenPrices } from '../../ports/prices.ts';
import type { OpenReaper } from '../../ports/reaper.ts';
import type { OpenSigns } from '../../ports/signs.ts';
import type { Snapshot } from '../../ports/snapshot.ts';
import type { OpenStore, Store } from '../../ports/store.ts';
import type { OnInterrupt } from '../../ports/terminal.ts';
import type { OpenTranscripts } from '../../ports/transcripts.ts';
import { eventText } from '../../render/event.ts';
import { iso } from '../../render/json/json-values.ts';
import { monitorEventJson, roundJson } from '../../render/json/monitor-json.ts';
import { refusalError } from '../../render/refusal.ts';
import { VERSION } from '../../version.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { actOnLastGood } from '../unrecorded.ts';
import { durationAboveZero, usageError } from '../values.ts';

export const spec: CommandSpec = {
  about:
    'Samples the machine, lowers the capacity under strain, releases the slots of dead holders, and ends a lease before memory runs out. One monitor runs at a time, in a shared state one for each user. service install keeps it running.',
  examples: [
    ['resource-manager monitor', 'for ever, until Ctrl-C or SIGTERM'],
    ['resource-manager monitor --once', 'one round, for cron'],
    ['resource-manager monitor --once --dry-run', 'print what it would do, and do nothing'],
  ],
  operands: [],
  options: [
    { name: 'once', help: 'do one round, then end' },
    { name: 'interval', value: 'DURATION', help: 'longest time between two samples', default: 'monitor.interval, 30s' },
    { name: 'dry-run', short: 'n', help: 'sample and decide; write nothing, end nothing' },
    { name: 'no-kill', help: 'end no process; print what would be ended' },
  ],
  exits: [
    [74, 'the state cannot be written'],
    [75, 'another monitor runs'],
  ],
};

/** Rates come from two readings, which must be this far apart. */
const FIRST_LOOK_MS = 500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function roundText({ snapshot: { state } }: Tick): string {
  const { health, reason, cpuPercent, memoryPercent, loadAverage, diskUsagePercent } = state.vmState;
  const figure = (value: number | null, unit: string): string => (value === null ? 'unknown' : `${value}${unit}`);
  return [
    `${health}${reason === null ? '' : `: ${reason}`}`,
    `   CPU ${figure(cpuPercent, '%')}, RAM ${figure(memoryPercent, '%')}, load ${figure(loadAverage, '')}, disk ${figure(diskUsagePercent, '%')}`,
    `   ${usedSlots(state)}/${state.maxSlots} slots used, ${effectiveMaxSlots(state)} allowed now`,
  ].join('\n');
}

/** One round. A critical sample is followed by a second one, because a single critical sample changes nothing. */
async function once(monitor: Monitor): Promise<Tick | null> {
  await pause(FIRST_LOOK_MS);
  let tick = await monitor.tick();
  const isCritical = ({ state }: Snapshot): boolean => state.vmState.criticalSamples === 1;
  if (tick !== null && isCritical(tick.snapshot)) {
    await pause(FIRST_LOOK_MS);
    tick = await monitor.tick();
  }
  await monitor.settled();
  await monitor.count();
  return tick;
}

async function forEver(monitor: Monitor, intervalMs: number, ports: OnInterrupt): Promise<number> {
  const { signal, number, stop } = listenForInterrupts(ports);
  let wake: () => void = () => {};
  signal.addEventListener('abort', () => wake());
  await pause(FIRST_LOOK_MS);
  monitor.startUsageWatch();
  while (!signal.aborted) {
    const tick = await monitor.tick();
    if (signal.aborted || monitor.successor !== null) break;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, monitor.nextMs(tick, intervalMs));
      wake = () => {
        // A pending timer would keep the process alive for the rest of the interval.
        clearTimeout(timer);
        resolve();
      };
    });
  }
  stop();
  if (monitor.successor !== null) throw replacedBy(monitor.successor);
  // SIGTERM is the normal end of a monitor; only Ctrl-C exits with the code of its signal.
  return number() === 2 ? 128 + 2 : EXIT.ok;
}

const UNWRITABLE: ReadonlySet<number> = new Set([EXIT.ioError, EXIT.notPermitted, EXIT.badFile]);

const noteUnwritten = (say: (line: string) => void, error: unknown): void =>
  say(`trouble: ${messageOf(error)}; the monitor acts all the same, on the last good state`);

/** Where no place can be taken, the monitor runs beside whichever has it. */
const BESIDE: MonitorPlace = { take: () => null, keep: () => null, leave: () => {} };

/** The place of this user's monitor in a shared state, else null. Throws ExpectedError 75 if another one has it. */
async function takePlace(ports: OpenMonitorPlace, self: ProcessRef, say: (line: string) => void) {
  try {
    const place = await ports.openMonitorPlace();
    const holder = place?.take() ?? null;
    if (holder === null) return place;
    throw refusalError({ code: 'monitor-running', monitor: holder }, self);
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    noteUnwritten(say, error);
    return BESIDE;
  }
}

/**
 * Records that this monitor runs. Throws ExpectedError 75 if another one does; a state that cannot be written is reported. In a
 * shared state another user's monitor may be the one on record.
 */
async function claimPlace(
  store: Store,
  self: ProcessRef,
  place: MonitorPlace | null,
  say: (line: string) => void,
): Promise<void> {
  try {
    const claimed = await store.transact({ kind: 'claim-monitor', monitor: self });
    if (place === null) outcomeOf(claimed, 'settled', 'claim-outcome-b8d1');
    // This is the first commit after a while, so it may find dead holders.
    for (const event of claimed.events) say(eventText(event));
  } catch (error) {
    if (!(error instanceof ExpectedError) || !(UNWRITABLE.has(error.exit) || error.code === 'lock-timeout'))
      throw error;
    if (place === null)
      outcomeOf(await store.plan({ kind: 'claim-monitor', monitor: self }), 'settled', 'claim-outcome-b8d1');
    noteUnwritten(say, error);
  }
}

/** Gives a sign of life at intervals until the returned function is called, so that the place is kept. */
function keepPlace(store: Store, place: MonitorPlace | null): () => void {
  const keep = (): void => {
    store.keepPlace(MONITOR_BEAT_MS);
    place?.keep();
  };
  keep();
  const timer = setInterval(keep, MONITOR_BEAT_MS).unref();
  return () => clearInterval(timer);
}

const replacedBy = ({ pid }: ProcessRef): ExpectedError =>
  new ExpectedError(
    'monitor-replaced',
    `this monitor was stopped for a while, and process ${pid} has taken its place`,
    {
      hint: 'the machine needs only one monitor; this one ends',
      exit: EXIT.notNow,
    },
  );

const exitOf = (failure: unknown): number => {
  if (failure === null) return EXIT.ok;
  return failure instanceof ExpectedError ? failure.exit : EXIT.ioError;
};

type Ports = OpenStore &
  OpenMonitorPlace &
  OpenActAs &
  Host &
  SystemLog &
  Clock &
  Stopwatch &
  StayLean &
  OpenHealth &
  OpenReaper &
  OpenHistory &
  ReadHistory &
  OpenTextfile &
  OpenTranscripts &
  OpenPrices &
  OpenSigns &
  OnInterrupt;

export const run: RunCommand<Ports> = async (invocation, ports) => {
  const [isOnce, isDryRun, noKill] = [invocation.has('once'), invocation.has('dry-run'), invocation.has('no-kill')];
  if (isOnce && invocation.has('interval'))
    throw usageError('--once does one round and has no --interval', 'without it: resource-manager monitor --once');
  const store = await ports.openStore();
  const typedMs = invocation.option('interval', (text) => durationAboveZero('--interval', text));
  const self = ports.self();
  const isJson = invocation.has('json');
  const lines: string[] = [];
  const say = (line: string): void => {
    if (isOnce) lines.push(line);
    else {
      const at = ports.now();
      invocation.out.answer(isJson ? JSON.stringify(monitorEventJson(at, line)) : `${iso(at)} ${line}`);
    }
  };
  actOnLastGood(store, (text) => say(`trouble: ${text}`));
  const place = isDryRun ? null : await takePlace(ports, self, say);
  if (!isDryRun) await claimPlace(store, self, place, say);
  const stopKeeping = isDryRun ? () => {} : keepPlace(store, place);
  const intervalMs = typedMs ?? (await store.settings()).monitor.intervalMs;
  if (!isOnce) await ports.stayLean();
  const health = await ports.openHealth();
  // The first sample is the base of the rates.
  await health.sample();
  const acts = new ActRecord(store, (error) => {
    if (monitor.failure === null) ports.logToSystem(`the monitor cannot write the state: ${messageOf(error)}`);
    monitor.fail(error);
  });
  const monitor: Monitor = new Monitor({
    ...ports,
    store,
    acts,
    reaper: await ports.openReaper(),
    history: await ports.openHistory(),
    textfile: await ports.openTextfile(),
    version: VERSION,
    self,
    place,
    actAs: await ports.openActAs(),
    sample: () => health.sample(),
    say,
    isDryRun,
    noKill,
  });
  try {
    if (!isDryRun) await monitor.begin();
    if (!isOnce) return await forEver(monitor, intervalMs, ports);
    const tick = await once(monitor);
    if (tick === null) {
      for (const line of lines) invocation.out.note(`error: ${line}`);
      return exitOf(monitor.failure);
    }
    const text = [roundText(tick), ...lines.map((line) => `   ${line}`)].join('\n');
    invocation.out.answer(isJson ? JSON.stringify(roundJson(tick.snapshot.state, tick.sample, lines)) : text);
    if (monitor.failure !== null) invocation.out.note(`error: ${messageOf(monitor.failure)}`);
    return exitOf(monitor.failure);
  } finally {
    stopKeeping();
    if (!isDryRun) {
      // A failed write is no reason to fail: a dead monitor is recognized by its process.
      await (async () => {
        await monitor.end();
        place?.leave();
        await store.transact({ kind: 'leave-monitor', monitor: self });
      })().catch((error) => say(`trouble: ${messageOf(error)}`));
    }
  }
};
