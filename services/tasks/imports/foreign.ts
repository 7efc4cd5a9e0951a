import { cleanLine, cleanText, isPlainDate } from '@gantry/contracts';
import { isObject, type JsonObject } from './source.ts';

/** Readers of foreign values: what is not of the wanted kind is null, never an error. */

/** Text made acceptable here. `altered`: shortened or cleaned, so the original is worth a note. */
export interface Foreign {
  text: string;
  altered: 'shortened' | 'cleaned' | null;
}

/** One line of at most `max` characters; numbers are read as their text. Null if nothing readable remains. */
export function foreignLine(value: unknown, max: number): Foreign | null {
  return accept(value, max, cleanLine);
}

/** Text of at most `max` characters. */
export function foreignText(value: unknown, max: number): Foreign | null {
  return accept(value, max, cleanText);
}

function accept(value: unknown, max: number, clean: (text: string) => string): Foreign | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const given = String(value);
  const cleaned = clean(given);
  const text = clean(cut(cleaned, max));
  if (text.trim() === '') return null;
  const altered =
    cleaned.length > max ? 'shortened' : cleaned !== given.trim() && cleaned !== given ? 'cleaned' : null;
  return { text, altered };
}

/** The first `max` code units, never half of a pair. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}

/** An id to refer by: short and printable, else null. */
export function foreignId(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const id = String(value);
  return /^[\x21-\x7e]{1,100}$/.test(id) ? id : null;
}

export function foreignIds(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return [
    ...new Set(value.map((v) => foreignId(isObject(v) ? own(v, 'id') : v)).filter((id) => id !== null)),
  ];
}

/** An instant as RFC 3339 in UTC, year 1 to 9999. */
export function foreignInstant(value: unknown): string | null {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value)) return null;
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) return null;
  const iso = new Date(ms).toISOString();
  return isPlainDate(iso.slice(0, 10)) ? iso : null;
}

/** The day (in UTC) of an instant or a plain date. */
export function foreignDay(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  if (isPlainDate(value)) return value;
  return foreignInstant(value)?.slice(0, 10) ?? null;
}

export function foreignNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function foreignHttpUrl(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 2_000 || cleanLine(value) !== value) return null;
  return /^https?:\/\//i.test(value) && URL.canParse(value) ? value : null;
}

/** The object's own field, or undefined; safe for any name and any value. */
export function own(object: unknown, field: string): unknown {
  return isObject(object) && Object.hasOwn(object, field) ? object[field] : undefined;
}

export function ownObject(object: unknown, field: string): JsonObject | null {
  const value = own(object, field);
  return isObject(value) ? value : null;
}
