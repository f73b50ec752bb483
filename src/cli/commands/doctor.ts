import { check, diagnoseCrossCheck, diagnoseMachine, diagnoseState, type Finding } from '../../core/doctor/diagnose.ts';
import { diagnosePool } from '../../core/doctor/pool.ts';
import { FORMAT_VERSION } from '../../core/model/state.ts';
import { targetOf } from '../../core/reap/targets.ts';
import { hintForSlots } from '../../core/settings/keys.ts';
import { EXIT, ExpectedError } from '../../errors.ts';
import type { MachineCheck, OpenHealth } from '../../ports/health.ts';
import type { OpenReaper } from '../../ports/reaper.ts';
import type { OpenStore, StateFolder } from '../../ports/store.ts';
import { doctorJson, doctorText, type FindingResult } from '../../render/doctor.ts';
import { ignoredText, meantKeysText, trustText, unknownKeysText } from '../../render/ignored.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { withDir } from '../hint.ts';

export const spec: CommandSpec = {
  about:
    'Checks the state, the machine, the service and the integrations, and names a fix for each fault. --fix applies the fixes that need no decision.',
  examples: [
    ['resource-manager doctor', 'every check (exit 1 when there is a fault)'],
    ['resource-manager doctor --fix', 'repair a damaged state, free slots of dead holders'],
  ],
  operands: [],
  options: [{ name: 'fix', help: 'repair a damaged state from its backup, and free leases of dead holders' }],
  exits: [[1, 'at least one fault remains']],
};

const LITTLE_BYTES = 64 << 20;

/** A state that cannot be written grants nothing, also where nobody has tried yet. */
async function lookAtFolder(ports: StateFolder): Promise<readonly Finding[]> {
  if (!(await ports.hasState())) return [];
  const own = check('folder');
  const { failure, owner, freeBytes } = await ports.checkFolder();
  if (failure !== null) {
    const whose = owner === null ? '' : ` (the folder belongs to user ${owner})`;
    return [own.fault(`${failure.message}${whose}: nothing is granted or recorded`, failure.hint ?? 'see the message')];
  }
  if (freeBytes !== null && freeBytes < LITTLE_BYTES)
    return [
      own.warn(
        `the disk of the state has only ${Math.floor(freeBytes / 2 ** 20)} MiB left; without room nothing is granted or recorded`,
        'free some space; old files in history/ may go',
      ),
    ];
  return [own.ok('the state can be written')];
}

/** Findings about the state. A damaged state is a finding too, so that the other checks still run. */
async function lookAtState(ports: StateFolder & OpenStore): Promise<readonly Finding[]> {
  const own = check('state');
  if (!(await ports.hasState()))
    return [own.info('there is no state yet; the first command that changes something makes it')];
  try {
    const store = await ports.openStore();
    // `peek` shows the file as it is; `read` would settle the faults that are looked for.
    const { environment, repairs } = await store.read();
    const state = await store.peek();
    const verdict =
      state.version > FORMAT_VERSION
        ? own.fault(`${store.dir} was written by a newer version: it can be read, not written`, 'upgrade this package')
        : own.ok(`${store.dir} is sound`);
    const { ignored, unknown } = environment.settings;
    const unused = await store.unusedKeys();
    const path = `${store.dir}/config.yaml`;
    const config = [
      ...(ignored.length === 0 ? [] : [check('config').fault(ignoredText(ignored, path), trustText(path))]),
      ...(unknown.length === 0 ? [] : [check('config').warn(unknownKeysText(unknown, path), meantKeysText(unknown))]),
      ...(unused.length === 0
        ? []
        : [
            check('state').warn(
              unknownKeysText(unused, `${store.dir}/slots.yaml`),
              meantKeysText(unused, hintForSlots),
            ),
          ]),
    ];
    return [verdict, ...config, ...diagnoseState(state, environment, repairs, (ref) => store.lastBeat(ref))];
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    const isDamaged = error.exit === EXIT.badFile && !error.message.includes('config.yaml');
    const isFixable = isDamaged && (await ports.hasBackup());
    const fix =
      isDamaged && !isFixable
        ? 'correct it by hand, there is no backup; or move the file away and make a new one: resource-manager init'
        : (error.hint ?? 'see the message');
    return [own.fault(error.message, fix, isFixable)];
  }
}

/** Applies the fix of one finding; true when it is fixed. */
async function treat(ports: StateFolder & OpenStore & OpenReaper & OpenHealth, { id }: Finding): Promise<boolean> {
  const store = await ports.openStore();
  switch (id) {
    case 'state':
      return ports.restoreState();
    case 'leases':
    case 'allocation':
      await store.transact({ kind: 'settle' });
      return true;
    case 'paused': {
      const { state } = await store.read();
      const reaper = await ports.openReaper();
      for (const lease of state.leases) {
        if (lease.pausedAt === null) continue;
        await reaper.hold(targetOf([lease], state.leases), false);
        await store.transact({ kind: 'pause', lease: lease.id, paused: false });
      }
      return true;
    }
    case 'monitor': {
      const health = await ports.openHealth();
      await store.transact({ kind: 'observe', sample: await health.sample() });
      return true;
    }
    default:
      return false;
  }
}

export const run: RunCommand<StateFolder & OpenStore & OpenReaper & OpenHealth & MachineCheck> = async (
  invocation,
  ports,
) => {
  const ofState = [...(await lookAtFolder(ports)), ...(await lookAtState(ports))];
  const pool = await ports.pool();
  const machine = [...(pool === null ? [] : diagnosePool(pool)), ...diagnoseMachine(await ports.facts())];
  const cross = diagnoseCrossCheck(await ports.crossCheck());
  const treated: FindingResult[] = [];
  for (const finding of [...ofState, ...machine, cross]) {
    const isBad = finding.level === 'warn' || finding.level === 'fault';
    const isFixed = isBad && invocation.has('fix') && finding.isFixable && (await treat(ports, finding));
    treated.push({ ...finding, isFixed, fix: finding.fix && withDir(finding.fix, invocation.options.get('dir')) });
  }
  invocation.answer({ json: () => doctorJson(treated), text: () => doctorText(treated, invocation.out.styles) });
  return treated.some(({ level, isFixed }) => level === 'fault' && !isFixed) ? EXIT.checkedNo : EXIT.ok;
};
