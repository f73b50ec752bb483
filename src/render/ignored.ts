/** That keys of config.yaml are ignored because another user can have written them, and how that is put right. */

export const ignoredText = (keys: readonly string[], path: string): string =>
  `${path} is ignored for ${keys.join(', ')}: another user can write it`;

export const trustText = (path: string): string =>
  `chmod go-w ${path}; in a folder that others write, or where the file is another user's, also: sudo chown root ${path}`;
