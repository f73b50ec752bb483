import { EXIT } from '../../errors.ts';
import type { OpenServices } from '../../ports/service.ts';
import type { OpenStore } from '../../ports/store.ts';
import { iso } from '../../render/json/json-values.ts';
import { serviceStatusJson, serviceStepsJson } from '../../render/json/service-json.ts';
import { mark } from '../../render/text/styles.ts';
import type { CommandSpec, RunCommand } from '../command.ts';
import { durationAboveZero, verbOf } from '../values.ts';

const MEANINGS = {
  install: 'installs and starts the service',
  uninstall: 'stops and removes it',
  status: 'shows whether it is installed and runs',
};
const VERBS = Object.keys(MEANINGS) as (keyof typeof MEANINGS)[];

export const spec: CommandSpec = {
  about:
    'Installs, removes or shows the service that keeps the monitor running: a systemd unit, or a cron line on a machine without systemd.',
  examples: [
    ['resource-manager service install', 'install a systemd user unit, or a cron line without systemd'],
    ['resource-manager service install --dry-run', 'what would be written and run'],
    ['resource-manager service status', 'whether it is installed and runs (exit 1 if not)'],
  ],
  operands: [{ name: 'install|uninstall|status', required: true, help: 'what to do' }],
  options: [
    {
      name: 'interval',
      value: 'DURATION',
      help: 'with install under systemd: longest time between two samples',
      default: 'monitor.interval',
    },
    {
      name: 'dry-run',
      short: 'n',
      help: 'with install and uninstall: print what would be written and run, and change nothing',
    },
  ],
  verbs: MEANINGS,
  verbOptions: { install: ['interval', 'dry-run'], uninstall: ['dry-run'], status: [] },
  exits: [[1, 'status: the service is not installed or does not run']],
};

export const run: RunCommand<OpenServices & OpenStore> = async (invocation, ports) => {
  const verb = verbOf('service', VERBS, invocation.operands[0] ?? '');
  const interval = invocation.option('interval', (text) => {
    durationAboveZero('--interval', text);
    return text;
  });
  const services = await ports.openServices(interval);
  const { styles } = invocation.out;

  if (verb === 'status') {
    const status = services.status();
    const { place, isInstalled, isCurrent, isActive } = status;
    const store = await ports.openStore();
    const { sampledAt } = (await store.peek()).vmState;
    invocation.answer({
      json: () => serviceStatusJson(services.kind, status, sampledAt),
      text: () =>
        [
          `${isActive ? mark(styles, '✅', '') : mark(styles, '❌', '')}${isInstalled ? (isActive ? 'Installed and active' : 'Installed, not active') : 'Not installed'} (${services.kind}: ${place})`,
          ...(isInstalled && !isCurrent
            ? ['   it was installed by another version or from another place; install it again']
            : []),
          `   last sample: ${iso(sampledAt) ?? 'none yet'}`,
        ].join('\n'),
    });
    return isInstalled && isActive ? EXIT.ok : EXIT.checkedNo;
  }

  const steps = verb === 'install' ? services.install() : services.uninstall();
  const isDryRun = invocation.has('dry-run');
  if (!isDryRun) for (const step of steps) step.run();
  const advice = verb === 'install' && !isDryRun ? services.advice() : null;
  invocation.answer({
    json: () => serviceStepsJson(services.kind, verb, steps, isDryRun),
    text: () => {
      if (steps.length === 0) return 'Nothing was installed.';
      if (isDryRun)
        return steps.map(({ text }) => `would ${/^(?:write|add|remove)/.test(text) ? '' : 'run: '}${text}`).join('\n');
      return `${mark(styles, '✅', '')}${verb === 'install' ? 'Installed: the machine is watched' : 'Uninstalled'} (${services.kind})`;
    },
  });
  if (advice !== null) invocation.note(`note: ${advice}`);
  return EXIT.ok;
};
