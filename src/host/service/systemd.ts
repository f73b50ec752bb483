/** Runs the monitor as a systemd unit: a user unit, or a system unit for root. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, ExpectedError, systemError } from '../../errors.ts';
import type { Variables } from '../../ports/host.ts';
import type { ServiceManager, ServiceStep } from '../../ports/service.ts';
import { runTool } from './command.ts';

const UNIT = 'resource-manager-monitor.service';

/** Quotes a word for ExecStart; specifiers and variables stay literal. */
const execWord = (word: string): string =>
  `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;

export function unitText(words: readonly string[], isSystem: boolean): string {
  return `[Unit]
Description=agent-resource-manager: watches the machine, reclaims slots, ends agents when memory runs out
Documentation=man:systemd.service(5)

[Service]
ExecStart=${words.map(execWord).join(' ')}
Restart=on-failure
RestartSec=5
# It starts nothing; what runs do is not its child.
KillMode=process
MemoryMax=128M
TasksMax=32
${isSystem ? 'OOMScoreAdjust=-500\n' : ''}
[Install]
WantedBy=${isSystem ? 'multi-user.target' : 'default.target'}
`;
}

export interface SystemdOptions {
  readonly words: readonly string[];
  readonly isSystem: boolean;
  readonly env: Variables;
  /** Root of the file system; tests use their own. */
  readonly root?: string;
}

function refused(words: readonly string[], stderr: string): ExpectedError {
  return new ExpectedError('systemd', `${words.join(' ')} failed: ${stderr.trim() || 'without a word'}`, {
    hint: 'is a systemd running for this user? without one, run the monitor from cron: resource-manager monitor --once',
    exit: EXIT.ioError,
  });
}

export function systemdManager({ words, isSystem, env, root = '' }: SystemdOptions): ServiceManager {
  const home = env.XDG_CONFIG_HOME || join(env.HOME ?? '/root', '.config');
  const folder = isSystem ? `${root}/etc/systemd/system` : join(home, 'systemd', 'user');
  const path = join(folder, UNIT);
  const systemctl = (...args: string[]): string[] => ['systemctl', ...(isSystem ? [] : ['--user']), ...args];
  const step = (tool: readonly string[]): ServiceStep => ({
    text: tool.join(' '),
    run() {
      const { status, stderr } = runTool(tool);
      if (status !== 0) throw refused(tool, stderr);
    },
  });
  const shows = (property: string): string =>
    runTool(systemctl('show', UNIT, '--property', property, '--value')).stdout.trim();
  return {
    kind: isSystem ? 'systemd' : 'systemd-user',
    install() {
      const text = unitText(words, isSystem);
      const write: ServiceStep = {
        text: `write ${path}:\n${text}`,
        run() {
          try {
            mkdirSync(folder, { recursive: true });
            writeFileSync(path, text, { mode: 0o644 });
          } catch (error) {
            throw systemError('write', path, error);
          }
        },
      };
      return [
        write,
        step(systemctl('daemon-reload')),
        step(systemctl('enable', '--now', UNIT)),
        step(systemctl('restart', UNIT)),
      ];
    },
    uninstall() {
      if (!existsSync(path)) return [];
      const remove: ServiceStep = { text: `remove ${path}`, run: () => rmSync(path, { force: true }) };
      return [step(systemctl('disable', '--now', UNIT)), remove, step(systemctl('daemon-reload'))];
    },
    status() {
      const isInstalled = existsSync(path);
      const isCurrent = isInstalled && readFileSync(path, 'utf8') === unitText(words, isSystem);
      const isActive = isInstalled && runTool(systemctl('is-active', UNIT)).stdout.trim() === 'active';
      return {
        place: path,
        isInstalled,
        isCurrent,
        isActive,
        since: isActive ? shows('ActiveEnterTimestamp') || null : null,
      };
    },
    advice() {
      if (isSystem) return null;
      const linger = runTool(['loginctl', 'show-user', env.USER ?? '', '--property=Linger', '--value']).stdout.trim();
      return linger === 'no' ? 'it ends when you log out; to keep it running: loginctl enable-linger' : null;
    },
  };
}

/** True if systemd runs; it may report failed units. */
export function answersSystemd(isSystem: boolean): boolean {
  const { stdout } = runTool(['systemctl', ...(isSystem ? [] : ['--user']), 'is-system-running']);
  return /^(?:running|degraded|starting|maintenance)/.test(stdout);
}
