import { join } from 'node:path';

/** The file that starts `resource-manager`, for those who start it later. */
export const launcherOf = (root: string): string => join(root, 'bin', 'resource-manager.cjs');
