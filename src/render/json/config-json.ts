/** The published answers of `config`. */

interface Entry {
  readonly key: string;
  readonly value: unknown;
  /** `default`, or the path of the file with the setting. */
  readonly origin: string;
}

export const configValueJson = ({ key, value, origin }: Entry) => ({ schema_version: 1, key, value, origin });

export const configListJson = (entries: readonly Entry[]) => ({
  schema_version: 1,
  entries: entries.map(({ key, value, origin }) => ({ key, value, origin })),
});
