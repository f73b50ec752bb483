/** Runs the monitor from cron on systems without systemd: one marked line; all other lines stay as they are. */

import { EXIT, ExpectedError } from '../../errors.ts';
import type { ServiceManager } from '../../ports/service.ts';
import { runTool } from './command.ts';
import { absentText, type ServiceEnvironment } from './environment.ts';

const MARK = '# agent-resource-manager monitor';

/** Quotes a word for a crontab's shell; cron ends a line at a bare percent sign. */
const cronWord = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`.replaceAll('%', '\\%');

/** Vixie cron takes no longer command. */
const MOST_CHARACTERS = 990;

/** The line of our job: the variables, then the command. */
export function cronLine(words: readonly string[], { variables }: Pick<ServiceEnvironment, 'variables'>): string {
  const line = (kept: typeof variables): string =>
    `* * * * * ${[...kept.map(([name, value]) => `${name}=${cronWord(value)}`), ...words.map(cronWord)].join(' ')} >/dev/null 2>&1 ${MARK}`;
  const whole = line(variables);
  return whole.length <= MOST_CHARACTERS ? whole : line(variables.map(shortened));
}

/** Of a long PATH only the usual folders, so that the line is short enough. */
const shortened = ([name, value]: readonly [string, string]): readonly [string, string] =>
  name === 'PATH' ? [name, '/usr/local/bin:/usr/bin:/bin'] : [name, value];

/** The command of the line, without its variables. */
const commandIn = (line: string): string => line.replace(/^\* \* \* \* \* (?:[A-Z_]+='(?:[^']|'\\'')*' )*/, '');

const isOurs = (line: string): boolean => line.endsWith(MARK);

/** The crontab with our line once, or without it; all other lines byte for byte. */
export function changedCrontab(text: string, line: string | null): string {
  const kept = text.split('\n').filter((other) => !isOurs(other));
  if (line === null) return kept.join('\n');
  const body = kept.join('\n');
  return `${body === '' || body.endsWith('\n') ? body : `${body}\n`}${line}\n`;
}

/** The user's crontab; null without cron. */
function present(): string | null {
  const { status, stdout, stderr, isMissing } = runTool(['crontab', '-l']);
  if (status === 0) return stdout;
  if (isMissing) return null;
  // `crontab -l` fails if the user has no crontab yet.
  if (/no crontab/i.test(stderr)) return '';
  throw new ExpectedError('crontab', `crontab -l failed: ${stderr.trim() || 'without a word'}`, {
    hint: 'may this user have a crontab (/etc/cron.allow)?',
    exit: EXIT.ioError,
  });
}

function replace(text: string): void {
  const { status, stderr } = runTool(['crontab', '-'], text);
  if (status === 0) return;
  throw new ExpectedError('crontab', `crontab - failed: ${stderr.trim() || 'without a word'}`, {
    hint: 'may this user have a crontab (/etc/cron.allow)?',
    exit: EXIT.ioError,
  });
}

export function cronManager(words: readonly string[], environment: ServiceEnvironment): ServiceManager {
  const line = cronLine(words, environment);
  const change = (wanted: string | null): void => {
    const text = present();
    if (text === null)
      throw new ExpectedError('no-cron', 'there is neither a systemd that answers nor a crontab here', {
        hint: `put this where jobs are started on this machine: ${line}`,
        exit: EXIT.neverGranted,
      });
    replace(changedCrontab(text, wanted));
  };
  const lines = (): string[] => (present() ?? '').split('\n').filter(isOurs);
  return {
    kind: 'cron',
    install: () => [{ text: `add to the crontab: ${line}`, run: () => change(line) }],
    uninstall: () =>
      lines().length === 0 ? [] : [{ text: `remove from the crontab: ${line}`, run: () => change(null) }],
    status() {
      const own = lines();
      const isInstalled = own.length > 0;
      return {
        place: 'crontab',
        isInstalled,
        isCurrent: own.some((one) => commandIn(one) === commandIn(line)),
        isActive: isInstalled,
        since: null,
      };
    },
    advice: () => absentText(environment),
  };
}
