import { foreignDay, foreignInstant, foreignLine, foreignNumber, foreignText } from './foreign.ts';
import type { Source } from './source.ts';

/**
 * Readers of one field of an object: the value if it can be used, and then the field is `mapped` with the note;
 * null if not, and the field stays kept raw.
 */

export function line(source: Source, field: string, max: number, note: string): string | null {
  return took(source, field, note, foreignLine(source.get(field), max));
}

export function text(source: Source, field: string, max: number, note: string): string | null {
  return took(source, field, note, foreignText(source.get(field), max));
}

function took(
  source: Source,
  field: string,
  note: string,
  read: ReturnType<typeof foreignLine>,
): string | null {
  if (read === null) return null;
  source.mapped(field, read.altered === null ? note : `${note}; some ${read.altered}, whole text kept raw`);
  return read.text;
}

export function word(source: Source, field: string, note: string): string | null {
  const read = foreignLine(source.get(field), 254);
  if (read === null || read.altered !== null) return null;
  source.mapped(field, note);
  return read.text;
}

export function day(source: Source, field: string, note: string): string | null {
  const read = foreignDay(source.get(field));
  if (read !== null) source.mapped(field, `${note} (day in UTC; time of day kept raw)`);
  return read;
}

export function instant(source: Source, field: string, note: string): string | null {
  const read = foreignInstant(source.get(field));
  if (read !== null) source.mapped(field, note);
  return read;
}

export function flag(source: Source, field: string, note: string): boolean {
  if (typeof source.get(field) === 'boolean') source.mapped(field, note);
  return source.get(field) === true;
}

/** Missing positions go to the end, in the order of the file. */
export function position(source: Source, note: string): number {
  const read = foreignNumber(source.get('pos'));
  if (read !== null) source.mapped('pos', note);
  return read ?? Number.MAX_VALUE;
}
