/** Finds the holder of a command: its nearest ancestor that outlives it. */
import { basename } from 'node:path';
import type { ProcessRef } from '../core/model/process-ref.ts';
import type { Processes } from '../ports/host.ts';

const SHELLS = new Set('sh bash dash zsh ksh mksh ash fish busybox'.split(' '));
/** One-shot programs: they run one command and end with it. */
const ONE_SHOT = new Set('timeout sudo doas time npx npm'.split(' '));
/** Programs that adopt orphans; a child of one has no known requester. */
const INIT = new Set('systemd init launchd tini dumb-init docker-init catatonit s6-svscan runit'.split(' '));
const PACKAGE_RUNNERS = new Set('npm npx npm-cli.js npx-cli.js'.split(' '));

const programName = (argv: readonly string[]): string =>
  basename((argv[0] ?? '').split(' ')[0] ?? '').replace(/^-/, '');

/** `sh -c …`, `bash -lc …`, `bash -o pipefail -c …`: a shell that ends with its one command. */
function isOneShotShell(argv: readonly string[]): boolean {
  if (!SHELLS.has(programName(argv))) return false;
  for (let at = 1; at < argv.length; at += 1) {
    const word = argv[at] as string;
    if (/^-[A-Za-z]*c[A-Za-z]*$/.test(word)) return true;
    if (/^[-+][A-Za-z]*o$/.test(word)) at += 1;
    else if (!/^[-+]/.test(word) || word === '--')
      return programName(argv) === 'busybox' && at === 1 && isOneShotShell(argv.slice(1));
  }
  return false;
}

function isOneShot(argv: readonly string[]): boolean {
  if (ONE_SHOT.has(programName(argv)) || isOneShotShell(argv)) return true;
  return programName(argv) === 'node' && PACKAGE_RUNNERS.has(basename(argv[1] ?? ''));
}

/** Nearest ancestor of `pid` that is not one-shot; null if only init remains. */
export function longLivedAncestor(processes: Processes, pid: number): ProcessRef | null {
  let parent = processes.look(pid)?.parent ?? 0;
  while (parent >= 1) {
    const seen = processes.look(parent);
    if (seen === null || (parent === 1 && INIT.has(programName(seen.argv)))) return null;
    if (!isOneShot(seen.argv)) return processes.find(parent);
    parent = seen.parent;
  }
  return null;
}
