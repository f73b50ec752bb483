/** Runs the monitor as a systemd unit: a user unit, or a system unit for root. */

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, ExpectedError, orSystemError } from '../../errors.ts';
import { replaceFile } from '../../files/atomic.ts';
import { makeFolder } from '../../files/folder.ts';
import { MOST_BYTES, readRegularText } from '../../files/regular-file.ts';
import type { Variables } from '../../ports/host.ts';
import type { ServiceManager, ServiceStep } from '../../ports/service.ts';
import { configHome, homeOf, userName } from '../home.ts';
import { runTool } from './command.ts';
import { absentText, type ServiceEnvironment } from './environment.ts';

const UNIT = 'resource-manager-monitor.service';

/** Quotes a word for ExecStart; specifiers and variables stay literal. */
const execWord = (word: string): string =>
  `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;

/** systemd takes these signs in no name of a program, or reads the dollar sign as it stands. */
const ODD_PROGRAM = /[$'"\\]/;

/** The command for ExecStart; a shell starts a program with an odd name. */
const execLine = (words: readonly string[]): string =>
  (ODD_PROGRAM.test(words[0] ?? '') ? ['/bin/sh', '-c', 'exec "$@"', 'sh', ...words] : words).map(execWord).join(' ');

/** Quotes an assignment for Environment=, with specifiers taken literally. */
const environmentLine = ([name, value]: readonly [string, string]): string =>
  `Environment="${name}=${value.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"\n`;

const ABSENT = '# Not set in the shell that installed this, so the service has the defaults: ';

/**
 * The unit. MemoryMax has room for the monitor while it reads transcripts and for its notification commands; TasksMax for
 * the threads of Node and for the most notifications of one commit.
 */
export function unitText(words: readonly string[], isSystem: boolean, environment: ServiceEnvironment): string {
  const { variables, absent } = environment;
  return `[Unit]
Description=agent-resource-manager: watches the machine, reclaims slots, ends agents when memory runs out
Documentation=man:systemd.service(5)

[Service]
ExecStart=${execLine(words)}
${variables.map(environmentLine).join('')}${absent.length === 0 ? '' : `${ABSENT}${absent.join(', ')}\n`}Restart=on-failure
RestartSec=5
# Only the monitor is ended: its notification commands end by themselves, and no run is its child.
KillMode=process
MemoryMax=256M
TasksMax=256
${isSystem ? 'OOMScoreAdjust=-500\n' : ''}
[Install]
WantedBy=${isSystem ? 'multi-user.target' : 'default.target'}
`;
}

/** The unit without the parts that each install may choose: environment and interval. */
const fixedPart = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('Environment=') && !line.startsWith(ABSENT))
    .join('\n')
    .replace(/ "--interval" "[^"]*"$/m, '');

export interface SystemdOptions {
  readonly words: readonly string[];
  readonly environment: ServiceEnvironment;
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

export function systemdManager({ words, environment, isSystem, env, root = '' }: SystemdOptions): ServiceManager {
  const folder = isSystem
    ? `${root}/etc/systemd/system`
    : join(
        configHome(env, () => homeOf(env)),
        'systemd',
        'user',
      );
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
      const text = unitText(words, isSystem, environment);
      const write: ServiceStep = {
        text: `write ${path}:\n${text}`,
        run() {
          orSystemError('write', path, () => {
            makeFolder(folder);
            replaceFile(path, Buffer.from(text), { mode: 0o644 });
          });
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
      const isCurrent =
        isInstalled &&
        fixedPart(readRegularText(path, MOST_BYTES.small)) === fixedPart(unitText(words, isSystem, environment));
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
      const absence = absentText(environment);
      const linger = isSystem
        ? ''
        : runTool(['loginctl', 'show-user', userName() ?? '', '--property=Linger', '--value']).stdout.trim();
      const ends = linger === 'no' ? 'it ends when you log out; to keep it running: loginctl enable-linger' : null;
      return [absence, ends].filter((text) => text !== null).join('; ') || null;
    },
  };
}

/** True if systemd runs; it may report failed units. */
export function answersSystemd(isSystem: boolean): boolean {
  const { stdout } = runTool(['systemctl', ...(isSystem ? [] : ['--user']), 'is-system-running']);
  return /^(?:running|degraded|starting|maintenance)/.test(stdout);
}
