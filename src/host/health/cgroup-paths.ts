import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tryProbe } from './text.ts';

/** Folders of this process's own control groups, the innermost first, up to the mount. */
export interface CgroupPaths {
  /** Folders of the unified hierarchy; empty without one. */
  readonly v2: readonly string[];
  /** Folders of a v1 hierarchy; empty without that controller. */
  v1(controller: string): readonly string[];
}

function upwards(mount: string, path: string): string[] {
  // A path of a group outside of the own namespace begins with `..`; nothing of it can be seen.
  const parts = path.split('/').filter((part) => part !== '' && part !== '..');
  return parts.map((_part, at) => join(mount, ...parts.slice(0, parts.length - at))).concat(mount);
}

/** In a container the path may be the host's and be missing below the mount; then the mount is the container's group. */
export function cgroupPaths(proc: string, root: string): CgroupPaths {
  const lines = (tryProbe(`${proc}/self/cgroup`) ?? '').split('\n');
  const lineOf = (controller: string): { readonly names: string; readonly path: string } | null => {
    for (const line of lines) {
      const [, names = '', path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
      if (path !== undefined && names.split(',').includes(controller)) return { names, path };
    }
    return null;
  };
  const unified = lineOf('');
  const mount = existsSync(join(root, 'cgroup.controllers')) ? root : join(root, 'unified');
  return {
    v2: unified === null && mount !== root ? [] : upwards(mount, unified?.path ?? '/'),
    v1(controller) {
      const line = lineOf(controller);
      // Controllers may share a mount, such as `cpu,cpuacct`, with or without a link of the plain name.
      const names = [controller, line?.names ?? controller, 'cpu,cpuacct', 'cpuacct,cpu'];
      const name = names.find((each) => each.split(',').includes(controller) && existsSync(join(root, each)));
      return name === undefined ? [] : upwards(join(root, name), line?.path ?? '/');
    },
  };
}
