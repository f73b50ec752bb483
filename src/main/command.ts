/**
 * The composition root: builds the real Context, hands the words to the command, turns what comes back (or is thrown)
 * into an exit code. Alone reads argv and the environment, alone sets the exit code.
 */
import { existsSync } from 'node:fs';
import type { Typed } from '../cli/command.ts';
import { readWords } from '../cli/program.ts';
import type { Instant } from '../core/model/instants.ts';
import { DEFAULT_SETTINGS } from '../core/settings/settings.ts';
import { EXIT, ExpectedError, errnoOf, InternalError, systemError } from '../errors.ts';
import { linuxHealth } from '../host/health/linux.ts';
import type { MachineHost } from '../host/host.ts';
import type { Context } from '../ports/context.ts';
import type { Store } from '../ports/store.ts';
import type { Out } from '../ports/terminal.ts';
import { errorJson } from '../render/json/json.ts';
import type { FileStoreOptions } from '../store/file-store.ts';
import { lockState, openFileStore, SLOTS_FILE } from '../store/file-store.ts';
import { NO_STDOUT, openOut } from '../ui/terminal/out.ts';
import { onInterrupt } from './interrupts.ts';
import { openMachine, openView } from './open-machine.ts';
import { storeOptions as composedOptions } from './open-store.ts';

function openContext(root: string, typed: Typed, out: Out, host: MachineHost): Context {
  const env = process.env;
  const now = (): Instant => Date.now() as Instant;
  const isQuiet = typed.options.has('quiet');

  const place = () => import('./make-state.ts');
  const storeOptions = async (): Promise<FileStoreOptions> => {
    // The usual case needs nothing from make-state.ts, which loads node:os.
    const named = typed.options.get('dir') ?? env.RESOURCE_MANAGER_DIR;
    const dir = named?.startsWith('/') ? named : (await place()).stateDir(typed.options.get('dir') ?? null, env);
    const onCreated = (maxSlots: number): void => {
      if (!isQuiet) out.note(`note: created ${dir}, sized to this machine: ${maxSlots} slots`);
    };
    return composedOptions({ dir, root, host, env, now, onCreated });
  };

  return {
    clock: { now },
    timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    host,
    out,
    environment: env,
    openStore: async (): Promise<Store> => openFileStore(await storeOptions()),
    openConfig: async () => {
      const options = await storeOptions();
      const store = openFileStore(options);
      await store.read();
      const { openConfigStore } = await import('../store/config/config-store.ts');
      return openConfigStore({ dir: options.dir, takeLock: () => lockState(options, DEFAULT_SETTINGS) });
    },
    openRunner: async () => {
      const { openRunner } = await import('../host/run/runner.ts');
      const { launcherOf } = await import('../host/run/launcher.ts');
      const { dir } = await storeOptions();
      const processes = host.processes;
      return openRunner({ dir, self: host.self(), processes, env, program: launcherOf(root) });
    },
    openHistory: async () => {
      const { dir } = await storeOptions();
      const settings = await openFileStore(await storeOptions()).settings();
      return (await import('../store/history/history.ts')).openHistory(dir, now, () => settings.history);
    },
    readHistory: async (source) => {
      const { openHistoryReader } = await import('../store/history/history-reader.ts');
      return source === undefined ? openHistoryReader((await storeOptions()).dir) : openHistoryReader(source, true);
    },
    readRuns: async (folder) => (await import('../store/history/recorded-runs.ts')).readRuns(folder),
    openTextfile: async () => (await import('../host/textfile.ts')).openTextfile(),
    openTranscripts: async () => {
      const { openTranscripts } = await import('../host/transcripts/transcripts.ts');
      return openTranscripts({
        dir: (await storeOptions()).dir,
        env,
        now,
        self: host.self,
        isDead: (ref) => host.proveDead([ref]).size > 0,
      });
    },
    openPageFiles: async () => (await import('../host/page-files.ts')).openPageFiles(root),
    openHealth: async () => {
      const { dir } = await storeOptions();
      const options = { paths: ['/', dir, env.TMPDIR || '/tmp'], now };
      if (process.platform === 'linux') return linuxHealth(options);
      return (await import('../host/health/portable.ts')).portableHealth(options);
    },
    openServices: async (interval) => {
      const [{ openServices }, { launcherOf }] = await Promise.all([
        import('../host/service/service.ts'),
        import('../host/run/launcher.ts'),
      ]);
      const options = await storeOptions();
      return openServices({ dir: options.dir, interval, program: launcherOf(root), env });
    },
    openIntegration: async (choice) => {
      const [{ openIntegration }, { launcherOf }, { machineSize, stateDir }] = await Promise.all([
        import('../host/integrate/integration.ts'),
        import('../host/run/launcher.ts'),
        place(),
      ]);
      const isNamed = typed.options.has('dir') || Boolean(env.RESOURCE_MANAGER_DIR);
      const dir = isNamed ? stateDir(typed.options.get('dir') ?? null, env) : null;
      return openIntegration({ ...choice, dir, program: launcherOf(root), env, cwd: process.cwd(), ...machineSize() });
    },
    hasState: async () => {
      const path = `${(await storeOptions()).dir}/${SLOTS_FILE}`;
      return existsSync(path) || existsSync(`${path}.bak`);
    },
    hasBackup: async () => existsSync(`${(await storeOptions()).dir}/${SLOTS_FILE}.bak`),
    restoreState: async () => {
      const options = await storeOptions();
      const { restoreBackup } = await import('../store/restore.ts');
      return restoreBackup(options.dir, now(), () => lockState(options, DEFAULT_SETTINGS));
    },
    facts: async () => (await import('../host/doctor/facts.ts')).readFacts({ env }),
    crossCheck: async () => {
      const { crossCheck } = await import('../host/doctor/cross-check.ts');
      return crossCheck(linuxHealth({ paths: ['/'], now }));
    },
    openReaper: async () => {
      const { openReaper } = await import('../host/reap/reaper.ts');
      return openReaper((await storeOptions()).dir, await openView());
    },
    openSigns: async () => (await import('../host/sessions/signs.ts')).openSigns({ view: await openView(), now }),
    init: async (plan) => {
      const { makeState, stateDir } = await place();
      const made = makeState(root, stateDir(typed.options.get('dir') ?? null, env), plan);
      if (made.created) return made;
      const options = {
        dir: made.dir,
        self: host.self(),
        observe: host.proveDead,
        memoryAvailable: host.memoryAvailable,
        now,
        create: async () => {},
      };
      const { state, environment } = await openFileStore(options).read();
      return { ...made, maxSlots: state.maxSlots, maxPerProject: environment.settings.maxPerProject };
    },
    ask: async (question) => (await import('../ui/terminal/ask.ts')).askOnTerminal(question, out.note),
    openScreen: async () => (await import('../ui/terminal/screen.ts')).openScreen(env),
    stayLean: async () => (await import('../host/lean.ts')).stayLean(),
    onInterrupt,
  };
}

function asExpected(error: unknown): ExpectedError {
  if (error instanceof ExpectedError) return error;
  if (errnoOf(error) !== undefined)
    return systemError('use', (error as NodeJS.ErrnoException).path ?? 'the state', error);
  const id = error instanceof InternalError ? error.id : 'unforeseen-0001';
  const message = error instanceof Error ? error.message : String(error);
  return new ExpectedError('internal', `internal error ${id}: ${message}`, {
    hint: `nothing was left half-done; please report it with its id (${id}), run with -v for the stack`,
    exit: EXIT.internal,
    cause: error,
  });
}

function report(out: Out, thrown: unknown, wantsJson: boolean, isVerbose: boolean): number {
  const error = asExpected(thrown);
  if (wantsJson && error.code !== NO_STDOUT) out.answer(JSON.stringify(errorJson(error)));
  else {
    out.note(`${out.styles.bad('error:')} ${error.message}`);
    if (error.hint !== null) out.note(`hint: ${error.hint}`);
  }
  if (isVerbose) out.note(String((thrown instanceof Error && thrown.stack) || thrown));
  return error.exit;
}

let isReached = false;

/** Whether this process got past reading its words, to the command itself. */
export const hasRun = (): boolean => isReached;

/** Runs the command that was `invokedAs` from the package at `root` and sets the exit code. */
export async function main(invokedAs: string, root: string): Promise<void> {
  const argv = process.argv.slice(2);
  const out = await openOut(process.env, argv.includes('--no-color'));
  try {
    const reading = await readWords(invokedAs, argv);
    if ('text' in reading) out.answer(reading.text);
    else {
      const context = openContext(root, reading.typed, out, await openMachine());
      process.exitCode = await reading.module.run(reading.typed, context);
      isReached = true;
    }
  } catch (error) {
    process.exitCode = report(out, error, argv.includes('--json'), argv.includes('-v') || argv.includes('--verbose'));
  }
}
