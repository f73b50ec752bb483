/** The keys of config.yaml about hooks. */
import type { HookSettings, OnError } from '../../core/settings/hooks.ts';
import { DEFAULT_HOOKS, LONGEST_WAIT_MS, ON_ERROR } from '../../core/settings/hooks.ts';
import type { Path } from '../document/shape.ts';
import { asMap, optional, ShapeError } from '../document/shape.ts';
import { durationMs, refuseUnknown } from './config-machine.ts';

function onError(value: unknown): OnError {
  const name = ON_ERROR.find((known) => known === value);
  if (name === undefined) throw new ShapeError(['hooks', 'on_error'], ON_ERROR.join(' or '), value);
  return name;
}

function waitMs(value: unknown, path: Path): number {
  const ms = durationMs(value, path);
  if (ms > LONGEST_WAIT_MS) throw new ShapeError(path, 'a duration of at most 5m', value);
  return ms;
}

function model(value: unknown, path: Path): string {
  if (typeof value === 'string' && /^[\w.:/[\]-]{1,100}$/.test(value)) return value;
  throw new ShapeError(path, 'the name of a model like haiku', value);
}

/** Throws ShapeError for a value of the wrong kind, and for a key that there is not. */
export function readHookSettings(value: unknown): HookSettings {
  const map = optional(value, (item) => asMap(item, ['hooks'])) ?? {};
  refuseUnknown(map, 'hooks', ['wait', 'on_error', 'silence', 'degrade_model']);
  return {
    waitMs: optional(map.wait, (item) => waitMs(item, ['hooks', 'wait'])) ?? DEFAULT_HOOKS.waitMs,
    onError: optional(map.on_error, onError) ?? DEFAULT_HOOKS.onError,
    silenceMs: optional(map.silence, (item) => durationMs(item, ['hooks', 'silence'])) ?? DEFAULT_HOOKS.silenceMs,
    degradeModel:
      optional(map.degrade_model, (item) => model(item, ['hooks', 'degrade_model'])) ?? DEFAULT_HOOKS.degradeModel,
  };
}
