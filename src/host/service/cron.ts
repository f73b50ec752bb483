/** Runs the monitor from cron on systems without systemd: one marked line; all other lines stay as they are. */

import { EXIT, ExpectedError } from '../../errors.ts';
import type { ServiceManager } from '../../ports/service.ts';
import { runTool } from './command.ts';
import { absentText, type ServiceEnvironment } from './environment.ts';

const MARK = '# agent-resource-manager monitor';

const QUOTED: Readonly<Record<string, string>> = { "'": "'\\''", '%': "'\\%'", '\\': "\\''" };

/**
 * Quotes a word for a crontab's shell. Cron ends a line at a percent sign without a backslash, some read two backslashes as
 * one, and some leave the backslash: so each percent sign stands outside of the quotes, and each backslash before a quote.
 */
const cronWord = (word: string): string => `'${word.replace(/['%\\]/g, (sign) => QUOTED[sign] as string)}'`;

/** Vixie cron takes no longer command. */
const MOST_BYTES = 990;

const USUAL_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * The line of our job: the variables, then the command. Its PATH has only the usual folders if there is no room for all.
 * Throws ExpectedError 64 if cron takes no line that long.
 */
export function cronJob(words: readonly string[], { variables }: Pick<ServiceEnvironment, 'variables'>) {
  const line = (kept: typeof variables): string =>
    `* * * * * ${[...kept.map(([name, value]) => `${name}=${cronWord(value)}`), ...words.map(cronWord)].join(' ')} >/dev/null 2>&1 ${MARK}`;
  const isShort = (text: string): boolean => Buffer.byteLength(text) <= MOST_BYTES;
  const whole = line(variables);
  if (isShort(whole)) return { line: whole, hasShortPath: false };
  const short = line(variables.map(([name, value]) => [name, name === 'PATH' ? USUAL_PATH : value]));
  if (isShort(short)) return { line: short, hasShortPath: true };
  throw new ExpectedError('usage', `a crontab takes lines of at most ${MOST_BYTES} characters, and ours is longer`, {
    hint: 'name a shorter folder with --dir, or unset long variables of this shell',
    exit: EXIT.usage,
  });
}

/** The command of the line, without its variables. */
const commandIn = (line: string): string => line.replace(/^\* \* \* \* \* (?:[A-Z_]+=(?:'[^']*'|\\['%])+ )*/, '');

const isOurs = (line: string): boolean => line.endsWith(MARK);

/** The crontab with our line once, or without it; all other lines byte for byte. */
export function changedCrontab(text: string, line: string | null): string {
  const kept = text.split('\n').filter((other) => !isOurs(other));
  if (line === null) return kept.join('\n');
  const body = kept.join('\n');
  return `${body === '' || body.endsWith('\n') ? body : `${body}\n`}${line}\n`;
}

const failed = (tool: string, stderr: string): ExpectedError =>
  new ExpectedError('crontab', `${tool} failed: ${stderr.trim() || 'without a word'}`, {
    hint: 'may this user have a crontab (/etc/cron.allow)?',
    exit: EXIT.ioError,
  });

/** The user's crontab; null without cron. */
function present(): string | null {
  const { status, stdout, stderr, isMissing } = runTool(['crontab', '-l']);
  if (status === 0) return stdout;
  if (isMissing) return null;
  // `crontab -l` fails if the user has no crontab yet.
  if (/no crontab/i.test(stderr)) return '';
  throw failed('crontab -l', stderr);
}

function replace(text: string): void {
  const { status, stderr } = runTool(['crontab', '-'], text);
  if (status !== 0) throw failed('crontab -', stderr);
}

export function cronManager(words: readonly string[], environment: ServiceEnvironment): ServiceManager {
  const { line, hasShortPath } = cronJob(words, environment);
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
    advice: () => {
      const path = hasShortPath ? `PATH is too long for a crontab, so the service has ${USUAL_PATH}` : null;
      return [absentText(environment), path].filter((text) => text !== null).join('; ') || null;
    },
  };
}
