import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import { ROOT } from './cli.ts';

const folder = join(ROOT, 'schemas');
const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
formats.default(ajv);
const schemas = new Map(
  readdirSync(folder).map((file) => [
    file.replace('.schema.json', ''),
    JSON.parse(readFileSync(join(folder, file), 'utf8')),
  ]),
);
export const SCHEMA_NAMES = [...schemas.keys()];

/** Fails if the answer does not match the published schema, or has keys that the schema does not list. */
export function expectSchema(name: string, answer: unknown): void {
  const schema = schemas.get(name);
  const validate = ajv.getSchema(schema.$id) ?? ajv.compile(schema);
  expect(validate(answer), `${name}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(answer)}`).toBe(true);
  expect(Object.keys(schema.properties), 'a key that is not published').toEqual(
    expect.arrayContaining(Object.keys(answer as object)),
  );
}
