/** The kinds of value that a setting can have, each with its name in the reference and its parser. */
import { parseDuration, parsePercent, parseShare, parseSize } from '../amounts.ts';
import { isProjectName } from '../model/ids.ts';
import { asCount, asList, asNumber, asText, type Path, ShapeError } from '../shape.ts';

export interface Kind<T> {
  /** Its name in the reference: `duration`, `percent`, `whole number from 1`. */
  readonly name: string;
  /** The value in the core's own unit. Throws ShapeError with `path` for a value of another kind. */
  readonly read: (value: unknown, path: Path) => T;
  /** The value in the form of the file, for a text that may be typed for it and is no number in YAML; null for others. */
  readonly typed?: (text: string) => number | null;
  /** Typed without a unit, its values are whole numbers. */
  readonly isWhole?: true;
  /** Name of the keys below this one, if the value may also be a map of texts. */
  readonly below?: string;
}

function durationMs(value: unknown, path: Path): number {
  const ms = typeof value === 'string' ? parseDuration(value) : value === 0 ? 0 : null;
  if (ms === null) throw new ShapeError(path, 'a duration like 90s, 15m or 2h', value);
  return ms;
}

export const duration: Kind<number> = { name: 'duration', read: durationMs };

/** `most` is `mostMs` in the form of the file. */
export const durationUpTo = (most: string, mostMs: number): Kind<number> => ({
  name: `duration up to ${most}`,
  read(value, path) {
    const ms = durationMs(value, path);
    if (ms > mostMs) throw new ShapeError(path, `a duration of at most ${most}`, value);
    return ms;
  },
});

const MIB = 2 ** 20;

/** Bytes. */
export const size: Kind<number> = {
  name: 'size',
  isWhole: true,
  read(value, path) {
    const bytes = typeof value === 'string' || typeof value === 'number' ? parseSize(String(value)) : null;
    // Fewer bytes than this, without a unit, are meant in another unit.
    const isUnclear = bytes !== null && bytes > 0 && bytes < MIB && /^\d+$/.test(String(value));
    if (bytes === null || isUnclear) throw new ShapeError(path, 'a size like 600M or 2G', value);
    return bytes;
  },
};

export const number = (least: number, most = Number.POSITIVE_INFINITY): Kind<number> => {
  const name = `number from ${least} ${most === Number.POSITIVE_INFINITY ? 'up' : `to ${most}`}`;
  return {
    name,
    read(value, path) {
      const read = asNumber(value, path);
      if (read < least || read > most) throw new ShapeError(path, `a ${name}`, value);
      return read;
    },
  };
};

const { read: percentOf } = number(0, 100);
export const percent: Kind<number> = { name: 'percent', read: percentOf, typed: parsePercent };
/** In percent in the file; the value is a share from 0 to 1. */
export const shareInPercent: Kind<number> = { ...percent, read: (value, path) => percentOf(value, path) / 100 };
/** A share up to `most`; 50% may be typed for 0.5. */
export const share = (most: number): Kind<number> => ({ ...number(0, most), typed: parseShare });

const aboveZero = (name: string, kind: Kind<number>): Kind<number> => ({
  ...kind,
  name,
  read(value, path) {
    const read = kind.read(value, path);
    if (read === 0) throw new ShapeError(path, `a ${name}`, value);
    return read;
  },
});

export const durationAboveZero = aboveZero('duration above 0', duration);
export const shareAboveZero = aboveZero('number above 0, at most 1', share(1));

export const count = (least: number, most?: number): Kind<number> => ({
  name: `whole number from ${least} ${most === undefined ? 'up' : `to ${most}`}`,
  isWhole: true,
  read: (value, path) => asCount(value, path, least, most),
});

export const flag: Kind<boolean> = {
  name: 'true or false',
  read(value, path) {
    if (typeof value !== 'boolean') throw new ShapeError(path, 'true or false', value);
    return value;
  },
};

export const words = <const T extends string>(names: readonly T[]): Kind<T> => {
  const listed = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return {
    name: listed,
    read(value, path) {
      const name = names.find((known) => known === value);
      if (name === undefined) throw new ShapeError(path, listed, value);
      return name;
    },
  };
};

export const text: Kind<string> = { name: 'text', read: asText };

/** Absolute, because a service starts the monitor in a folder of its own choice. */
export const folder: Kind<string> = {
  name: 'absolute path of a folder',
  read(value, path) {
    if (typeof value !== 'string' || !value.startsWith('/') || /\p{Cc}/u.test(value))
      throw new ShapeError(path, 'an absolute path of a folder', value);
    return value;
  },
};

/** Names of users of this machine, as they stand in its password database. */
export const userNames: Kind<readonly string[]> = {
  name: 'list of users',
  read: (value, path) =>
    asList(value, path).map((item, at) => {
      if (typeof item !== 'string' || !/^[a-z_][\w.-]{0,31}$/i.test(item))
        throw new ShapeError([...path, at], 'the name of a user', item);
      return item;
    }),
};

export const projectName: Kind<string> = {
  name: 'project name',
  read(value, path) {
    if (typeof value !== 'string' || !isProjectName(value))
      throw new ShapeError(path, 'a project name (1 to 64 of A-Z a-z 0-9 . _ -)', value);
    return value;
  },
};

export const modelName: Kind<string> = {
  name: 'name of a model',
  read(value, path) {
    if (typeof value !== 'string' || !/^[\w.:/@[\]-]{1,100}$/.test(value))
      throw new ShapeError(path, 'the name of a model like haiku', value);
    return value;
  },
};
