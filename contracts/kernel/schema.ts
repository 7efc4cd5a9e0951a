import { type Static, type TProperties, type TSchema, type TUnsafe, Type } from 'typebox';
import { isInstant, isPlainDate } from './dates.ts';
import { decodeId, ID_PREFIXES, type IdKind } from './ids.ts';
import { isRank } from './rank.ts';
import { isLine, isText } from './text.ts';

/** The formats our schemas use beyond JSON Schema's own; the validator of each side registers them. */
export const FORMATS: Record<string, (value: string) => boolean> = {
  line: isLine,
  text: isText,
  'plain-date': isPlainDate,
  instant: isInstant,
  rank: isRank,
  email: (value) =>
    value.length <= 254 &&
    /^[^\s@<>"(),:;\\[\]]+@[^\s@<>"(),:;\\[\]]+\.[^\s@.<>"(),:;\\[\]]+$/.test(value) &&
    isLine(value),
  'http-url': (value) => {
    if (!isLine(value) || !URL.canParse(value)) return false;
    const { protocol } = new URL(value);
    return protocol === 'http:' || protocol === 'https:';
  },
  ...Object.fromEntries(
    (Object.keys(ID_PREFIXES) as IdKind[]).map((kind) => [
      `id-${kind}`,
      (v: string) => decodeId(kind, v) !== null,
    ]),
  ),
};

/** A person-readable name of what each format wants, for error messages. */
export function formatHint(format: string): string {
  if (format.startsWith('id-'))
    return `an id that starts with "${ID_PREFIXES[format.slice(3) as IdKind] ?? '?'}_"`;
  return (
    {
      line: 'one line of text without control characters or broken characters',
      text: 'text without control characters or broken characters',
      'plain-date': 'a day that exists, as YYYY-MM-DD',
      instant: 'a time as 2026-01-31T12:00:00Z',
      rank: 'a rank made of letters and digits, as the server returns them',
      email: 'an e-mail address',
      'http-url': 'an address that starts with http:// or https://',
    }[format] ?? `text in the format ${format}`
  );
}

export const IdOf = (kind: IdKind, options: { description?: string } = {}) =>
  Type.String({
    format: `id-${kind}`,
    maxLength: 40,
    examples: [`${ID_PREFIXES[kind]}_01h455vb4pex5vsknk084sn02q`],
    ...options,
  });
export const Line = (max: number, options: { min?: number; description?: string } = {}) =>
  Type.String({
    format: 'line',
    minLength: options.min ?? 1,
    maxLength: max,
    ...(options.description ? { description: options.description } : {}),
  });
export const Text = (max: number, options: { min?: number; description?: string } = {}) =>
  Type.String({
    format: 'text',
    minLength: options.min ?? 0,
    maxLength: max,
    ...(options.description ? { description: options.description } : {}),
  });
export const PlainDate = Type.String({
  format: 'plain-date',
  maxLength: 10,
  description: 'A plain date, YYYY-MM-DD.',
});
export const Instant = Type.String({
  format: 'instant',
  maxLength: 40,
  description: 'A UTC instant, RFC 3339.',
});
/** The schema or null. Plain types become a type list, which serialises several times faster than a union. */
export const Nullable = <T extends TSchema>(schema: T) => {
  const { type, enum: values } = schema as unknown as { type?: unknown; enum?: unknown[] };
  if (typeof type !== 'string')
    return Type.Union([schema, Type.Null()]) as unknown as TUnsafe<Static<T> | null>;
  return Type.Unsafe<Static<T> | null>({
    ...schema,
    type: [type, 'null'],
    ...(values ? { enum: [...values, null] } : {}),
  });
};
export const Enum = <const T extends readonly string[]>(values: T, options: { description?: string } = {}) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
/** An object that refuses unknown fields. */
export const Strict = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** The envelope of every list: `{"data": [...], "meta": {"total", "page", "limit"}}`. */
export const ListOf = <T extends TSchema>(item: T) =>
  Type.Object({
    data: Type.Array(item),
    meta: Type.Object({
      total: Type.Integer({ description: 'Exact number of items that match, over all pages.' }),
      page: Type.Integer(),
      limit: Type.Integer(),
      next_cursor: Type.Optional(Nullable(Type.String())),
    }),
  });
export type List<T> = {
  data: T[];
  meta: { total: number; page: number; limit: number; next_cursor?: string | null };
};

/** Query parameters every list takes; spread into a list route's query. */
export const PageQuery = {
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, default: 1 })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Items per page, 200 at most.' }),
  ),
  cursor: Type.Optional(
    Type.String({
      maxLength: 500,
      description: 'Continue after this point instead of by page; from `meta.next_cursor`.',
    }),
  ),
};
/** `sort=-priority,title`: field names, comma-separated, `-` for descending. */
export const SortQuery = (fields: readonly string[]) =>
  Type.Optional(
    Type.String({
      maxLength: 200,
      pattern: `^-?(${fields.join('|')})(,-?(${fields.join('|')}))*$`,
      description: `Sort by ${fields.join(', ')}; "-" before a field for descending, several separated by commas.`,
    }),
  );
