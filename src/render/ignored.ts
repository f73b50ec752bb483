/** Warning about ignored keys of a config.yaml that other users can write, and its fix. */

export const ignoredText = (keys: readonly string[], path: string): string =>
  `${path} is ignored for ${keys.join(', ')}: other users can write to it`;

export const trustText = (path: string): string =>
  `chmod go-w ${path}; if another user owns the file or can write to its folder, also: sudo chown root ${path}`;
