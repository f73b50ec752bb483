/** `512 MiB`, `2.1 GiB`. */
export function sizeText(bytes: number): string {
  const mib = bytes / 2 ** 20;
  return mib < 1000 ? `${Math.round(mib)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}
