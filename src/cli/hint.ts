/** Commands in hints: a hint that names a command ends with it, after `: `, and the command can be typed as it stands. */
import { shellWord } from '../core/integrate/launch.ts';

const PROGRAMS = 'resource-manager|request-slots|release-slots|report-usage|resource-kill|resource-status|set-max';
const COMMAND = new RegExp(`(?<=^|: )(?:${PROGRAMS})(?: .*)?$`);

/** The command line at the end of a hint; null without one. */
export const commandIn = (hint: string): string | null => COMMAND.exec(hint)?.[0] ?? null;

const plain = (word: string): string => (/^[\w./@:+-]+$/.test(word) ? word : shellWord(word));

/** The hint for the state in `dir`, if one was named: each of its commands is about that state. */
export function withDir(hint: string, dir: string | undefined): string {
  const line = commandIn(hint);
  if (dir === undefined || line === null) return hint;
  const lines = line.split(' && ').map((one) => {
    const rest = one.indexOf(' -- ');
    const [own, command] = rest < 0 ? [one, ''] : [one.slice(0, rest), one.slice(rest)];
    return `${own} --dir ${plain(dir)}${command}`;
  });
  return `${hint.slice(0, -line.length)}${lines.join(' && ')}`;
}
