/** Reads the facts of this machine for doctor; changes nothing and throws nothing. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineFacts } from '../../core/doctor/facts.ts';
import { orElse } from '../../errors.ts';
import { readRegularText } from '../../files/regular-file.ts';
import type { Variables } from '../../ports/host.ts';
import { cgroupMachine, usableBase } from '../containment/cgroup.ts';
import { offersScopes } from '../containment/scope.ts';
import { type CgroupPaths, cgroupPaths } from '../health/cgroup-paths.ts';
import { HUGE_PAGES } from '../health/linux.ts';
import { limitedGroups, type MemoryNow, readMemory } from '../health/memory.ts';
import { hasMemoryPressure } from '../health/pressure.ts';
import { taskLimit } from '../health/tasks.ts';
import { findHome, userName } from '../home.ts';
import { readTextOrEmpty } from '../read-text.ts';

export interface FactsOptions {
  readonly env: Variables;
  readonly proc?: string;
  readonly cgroup?: string;
  readonly lib?: string;
}

const softLimit = (limits: string, name: string): number | null => {
  const value = new RegExp(`^${name} +(\\S+)`, 'm').exec(limits)?.[1];
  return value === undefined || value === 'unlimited' ? null : Number(value);
};

const OOM_KILLERS = ['earlyoom', 'systemd-oomd', 'nohang', 'oomd'];

function oomKillersIn(proc: string): MachineFacts['oomKillers'] {
  const names = existsSync(proc) ? readdirSync(proc).filter((name) => /^\d+$/.test(name)) : [];
  return names.flatMap((pid) => {
    const name = readTextOrEmpty(`${proc}/${pid}/comm`).trim();
    if (!OOM_KILLERS.includes(name)) return [];
    return [{ name, commandLine: readTextOrEmpty(`${proc}/${pid}/cmdline`).replaceAll('\0', ' ').trim() }];
  });
}

/** True if a run's control group can have a memory limit. */
function canLimitMemory(base: string | null): boolean {
  const offered =
    base === null
      ? ''
      : `${readTextOrEmpty(join(base, 'cgroup.controllers'))} ${readTextOrEmpty(join(base, '..', 'cgroup.controllers'))}`;
  return /\bmemory\b/.test(offered);
}

/** True if a version manager, or a move of the package, has removed the program that the settings name. */
function hookIn(settings: string): MachineFacts['hook'] {
  const [, node, file] = /'([^']+)' '([^']+\/resource-manager\.cjs)' hook /.exec(settings) ?? [];
  const gone = [node, file].find((path) => path !== undefined && !existsSync(path));
  if (gone !== undefined) return { gone };
  return /resource-manager\S* hook /.test(settings) ? 'there' : 'none';
}

/** Memory as the monitor reads it; null if it cannot be read or believed. */
function memoryOrNull(proc: string, groups: CgroupPaths): MemoryNow | null {
  try {
    return readMemory({ proc, hugePages: HUGE_PAGES }, limitedGroups(groups));
  } catch {
    return null;
  }
}

export function readFacts({
  env,
  proc = '/proc',
  cgroup = '/sys/fs/cgroup',
  lib = '/var/lib',
}: FactsOptions): MachineFacts {
  const machine = cgroupMachine(proc, cgroup);
  const base = machine === null ? null : usableBase(machine);
  const hasScopes = machine !== null && offersScopes(env);
  const limits = readTextOrEmpty(`${proc}/self/limits`);
  const inotify = Number.parseInt(readTextOrEmpty(`${proc}/sys/fs/inotify/max_user_instances`), 10);
  const groups = cgroupPaths(proc, cgroup);
  const memory = memoryOrNull(proc, groups);
  const claude = env.CLAUDE_CONFIG_DIR || join(findHome(env) ?? '/', '.claude');
  const settings = orElse(() => readRegularText(join(claude, 'settings.json')), '');
  const hasUserSystemd = env.XDG_RUNTIME_DIR !== undefined && existsSync(`${env.XDG_RUNTIME_DIR}/systemd/private`);
  const user = userName();
  return {
    platform: process.platform,
    containment: base !== null ? 'cgroup' : hasScopes ? 'scope' : 'ledger',
    canLimitMemory: canLimitMemory(base) || (base === null && hasScopes),
    hasPressure: hasMemoryPressure(proc, memory?.folder ?? null),
    lingers: hasUserSystemd && user !== null ? existsSync(join(lib, 'systemd', 'linger', user)) : null,
    openFiles: softLimit(limits, 'Max open files'),
    tasks: taskLimit(proc, groups),
    inotifyInstances: Number.isNaN(inotify) ? null : inotify,
    oomKillers: oomKillersIn(proc),
    hasSwap: memory === null ? null : memory.swap !== null,
    hasClaude: existsSync(claude),
    hook: hookIn(settings),
    hasToolMemoryLimit:
      env.CLAUDE_CODE_TOOL_MEMORY_LIMIT !== undefined || settings.includes('CLAUDE_CODE_TOOL_MEMORY_LIMIT'),
  };
}
