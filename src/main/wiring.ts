/** The ports of all commands, each opened when a command asks for it; rarely needed modules are imported late. */
import { existsSync } from 'node:fs';
import type { ParsedArgs } from '../cli/invocation.ts';
import type { ProcessRef } from '../core/model/process-ref.ts';
import { DEFAULT_SETTINGS } from '../core/settings/settings.ts';
import { linuxHealth } from '../host/health/linux.ts';
import type { MachineHost } from '../host/host.ts';
import { logToSystem } from '../host/system-log.ts';
import { machineZone } from '../host/time-zone.ts';
import type { IntegrationChoice } from '../ports/integration.ts';
import type { InitPlan, InitResult } from '../ports/store.ts';
import type { Out } from '../ports/terminal.ts';
import { hasSoundBackup } from '../store/damage.ts';
import { openFileStore } from '../store/file-store.ts';
import { lockState } from '../store/lock/lock-state.ts';
import { SLOTS_FILE } from '../store/state-file.ts';
import { openView } from './open-machine.ts';
import { now, openSlotPorts, steadyMs, storeOptionsOf } from './slot-ports.ts';

/** The ports of a command with these words; `root` is the package's own folder. */
export function openPorts(root: string, args: ParsedArgs, out: Out, host: MachineHost) {
  const { env } = process;
  const { options } = args;
  const named = options.get('dir') ?? null;
  const folder = () => import('./make-state.ts');
  const store = storeOptionsOf(root, args, out, host);
  const stateFile = async (): Promise<string> => `${(await store()).dir}/${SLOTS_FILE}`;
  const program = async (): Promise<string> => (await import('../host/run/launcher.ts')).launcherOf(root);

  return {
    ...openSlotPorts(root, args, out, host),
    now,
    steadyMs,
    timeZone: () => machineZone(env),
    ask: async (question: string) => (await import('../ui/terminal/ask.ts')).askOnTerminal(question, out.note),
    openScreen: async () => (await import('../ui/terminal/screen.ts')).openScreen(env),
    stayLean: async () => (await import('../host/lean.ts')).stayLean(),

    async openConfig() {
      const options = await store();
      await openFileStore(options).read();
      const { openConfigStore } = await import('../store/config/config-store.ts');
      const takeLock = async () => {
        if (!existsSync(await stateFile())) await options.create();
        return lockState(options, DEFAULT_SETTINGS);
      };
      return openConfigStore({ dir: options.dir, takeLock });
    },
    async makeState(plan: InitPlan): Promise<InitResult> {
      const { makeState, stateDir } = await folder();
      const made = makeState(root, stateDir(named, env), plan);
      if (made.created) return made;
      const { state, environment } = await openFileStore({ ...(await store()), dir: made.dir }).read();
      return { ...made, maxSlots: state.maxSlots, maxPerProject: environment.settings.maxPerProject };
    },
    hasState: async () => existsSync(await stateFile()) || existsSync(`${await stateFile()}.bak`),
    checkFolder: async () => (await import('../store/writable.ts')).checkFolder((await store()).dir),
    hasBackup: async () => hasSoundBackup(await stateFile()),
    async restoreState() {
      const options = await store();
      const { restoreBackup } = await import('../store/restore.ts');
      return restoreBackup(await stateFile(), now(), () => lockState(options, DEFAULT_SETTINGS));
    },

    async openHistory() {
      const options = await store();
      // A damaged configuration must not keep an ending from being recorded.
      const { history } = await openFileStore(options)
        .settings()
        .catch(() => DEFAULT_SETTINGS);
      return (await import('../store/history/history.ts')).historyOf(options.dir, now, () => history);
    },
    async readHistory(source?: string) {
      const { openHistoryReader } = await import('../store/history/history-reader.ts');
      return source === undefined ? openHistoryReader((await store()).dir) : openHistoryReader(source, true);
    },
    readRuns: async (runs: string) => (await import('../store/history/recorded-runs.ts')).readRuns(runs),
    async openTranscripts() {
      const { openTranscripts } = await import('../host/transcripts/transcripts.ts');
      const { dir } = await store();
      return openTranscripts({ dir, env, now, self: host.self, isDead: (ref) => host.proveDead([ref]).size > 0 });
    },
    openPrices: async () => (await import('../store/prices.ts')).openPrices((await store()).dir),
    openTextfile: async () => (await import('../host/textfile.ts')).openTextfile(),
    openPageFiles: async () => (await import('../host/page-files.ts')).openPageFiles(root),

    logToSystem,
    async openRunner() {
      const { openRunner } = await import('../host/run/runner.ts');
      const { dir } = await store();
      return openRunner({ dir, self: host.self(), processes: host.processes, env, program: await program() });
    },
    async openReaper() {
      const { openReaper } = await import('../host/reap/reaper.ts');
      return openReaper((await store()).dir, await openView(), host.self());
    },
    openActAs: async () => (await import('../host/run/act-as.ts')).openActAs((await store()).dir, await program()),
    async openMonitorPlace() {
      const { openMonitorPlace } = await import('../host/monitor-place.ts');
      const isDead = (ref: ProcessRef) => host.proveDead([ref]).size > 0;
      return openMonitorPlace((await store()).dir, { self: host.self(), isDead, nowMs: now });
    },
    openSigns: async () => (await import('../host/sessions/signs.ts')).openSigns({ view: await openView(), now }),

    async openHealth() {
      const options = { paths: ['/', (await store()).dir, env.TMPDIR || '/tmp'], now };
      if (process.platform === 'linux') return linuxHealth(options);
      return (await import('../host/health/portable.ts')).portableHealth(options);
    },
    facts: async () => (await import('../host/doctor/facts.ts')).readFacts({ env }),
    pool: async () => (await import('../host/doctor/pool.ts')).readPool((await store()).dir),
    async crossCheck() {
      const { crossCheck } = await import('../host/doctor/cross-check.ts');
      return crossCheck(linuxHealth({ paths: ['/'], now }));
    },
    async openServices(interval: string | null) {
      const { openServices } = await import('../host/service/service.ts');
      return openServices({ dir: (await store()).dir, interval, program: await program(), env });
    },
    async openIntegration(choice: IntegrationChoice) {
      const { openIntegration } = await import('../host/integrate/integration.ts');
      const { stateDir } = await folder();
      const { readSize } = await import('../host/health/size.ts');
      const isNamed = named !== null || Boolean(env.RESOURCE_MANAGER_DIR);
      const dir = isNamed ? stateDir(named, env) : null;
      return openIntegration({
        ...choice,
        dir,
        program: await program(),
        env,
        cwd: process.cwd(),
        size: readSize(),
      });
    },
  };
}
