import { join } from 'node:path';
import { tryProbe } from './text.ts';

/** Folders of this process's own control groups, the innermost first, up to the mount. */
export interface CgroupPaths {
  /** Folders of the unified hierarchy; empty without one. */
  readonly v2: readonly string[];
  /** Folders of the v1 hierarchies, by controller. */
  readonly memory: readonly string[];
  readonly cpu: readonly string[];
}

function upwards(mount: string, path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  return parts.map((_part, at) => join(mount, ...parts.slice(0, parts.length - at))).concat(mount);
}

/** In a container the path may be the host's and be missing below the mount; then the mount is the container's group. */
export function cgroupPaths(proc: string, root: string): CgroupPaths {
  const lines = (tryProbe(`${proc}/self/cgroup`) ?? '').split('\n');
  const pathOf = (controller: string): string | null => {
    for (const line of lines) {
      const [, names = '', path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
      if (path !== undefined && names.split(',').includes(controller)) return path;
    }
    return null;
  };
  const old = (controller: string): string[] => {
    const path = pathOf(controller);
    return path === null ? [] : upwards(join(root, controller), path);
  };
  const unified = pathOf('');
  const mount = tryProbe(join(root, 'cgroup.controllers')) === null ? join(root, 'unified') : root;
  return { v2: unified === null ? [] : upwards(mount, unified), memory: old('memory'), cpu: old('cpu') };
}
