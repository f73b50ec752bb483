import { join } from 'node:path';

/** Path of the file that starts `resource-manager`, for services, hooks and guards. */
export const launcherOf = (root: string): string => join(root, 'bin', 'resource-manager.cjs');
