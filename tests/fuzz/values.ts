import { type IdKind, newId } from '@gantry/contracts';
import fc, { type Arbitrary } from 'fast-check';

/** A JSON Schema, as far as our contracts use it. */
export interface Schema {
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
}

/** Ids of things that exist, by kind; they grow as things are made. */
export type Ids = Map<string, string[]>;

const GOOD_LINES = [
  'Fix the door',
  'ä “quoted” — 🙂',
  'שלום',
  "O'Brien; drop table task",
  '%00',
  '0',
  'null',
];

/** Values a schema allows, made of ids that exist where it wants ids. */
export function allowed(schema: Schema, ids: Ids): Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((s) => allowed(s, ids)));
  if (Array.isArray(schema.type))
    return fc.oneof(...schema.type.map((type) => allowed({ ...schema, type }, ids)));
  switch (schema.type) {
    case 'string':
      return text(schema, ids);
    case 'integer':
      return fc.integer({
        min: schema.minimum ?? -1_000,
        max: Math.min(schema.maximum ?? 1_000, 2 ** 31 - 1),
      });
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const min = schema.minItems ?? 0;
      return fc.array(allowed(schema.items ?? {}, ids), {
        minLength: min,
        maxLength: Math.max(min, Math.min(schema.maxItems ?? 4, 4)),
      });
    }
    case 'object':
      return object(schema, ids);
    default:
      return fc.jsonValue();
  }
}

function object(schema: Schema, ids: Ids): Arbitrary<unknown> {
  const entries = Object.entries(schema.properties ?? {});
  if (entries.length === 0) return fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue(), { maxKeys: 4 });
  const required = new Set(schema.required ?? []);
  // The id of something to be made is new, mostly; everywhere else ids are of what there is.
  const none: Ids = new Map();
  return fc.record(
    Object.fromEntries(entries.map(([name, s]) => [name, allowed(s, name === 'id' ? none : ids)])),
    {
      requiredKeys: entries.map(([name]) => name).filter((name) => required.has(name)),
    },
  );
}

function text(schema: Schema, ids: Ids): Arbitrary<string> {
  const { format, pattern, minLength = 0, maxLength = 60 } = schema;
  if (format?.startsWith('id-')) {
    const kind = format.slice(3);
    // Looked up when the value is made: what exists changes while the test runs.
    return fc.noBias(fc.nat()).map((n) => {
      const known = ids.get(kind) ?? [];
      if (n % 8 === 0 || known.length === 0) return newId(kind as IdKind);
      // The first is the first person's own, most likely.
      return known[n % 2 === 0 ? 0 : (n >> 4) % known.length] as string;
    });
  }
  switch (format) {
    case 'plain-date':
      return fc.constantFrom('2026-01-31', '2024-02-29', '0001-01-01', '9999-12-31');
    case 'instant':
      return fc.constantFrom('2026-01-31T12:00:00Z', '0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59.999Z');
    case 'email':
      return fc.nat(1e9).map((n) => `someone-${n}@example.com`);
    case 'http-url':
      return fc.constantFrom('https://example.com/a?b=c', 'http://[::1]:1/', 'https://ä.example/%00');
    case 'rank':
      return fc.constantFrom('i', 'a0', 'zz', 'i'.repeat(20));
    default:
      break;
  }
  if (pattern) return fc.stringMatching(new RegExp(pattern));
  const lines = fc.constantFrom(...GOOD_LINES);
  const longest = fc.constant('x'.repeat(Math.min(maxLength, 20_000)));
  const any = fc.oneof(
    { arbitrary: lines, weight: 4 },
    { arbitrary: longest, weight: 1 },
    { arbitrary: fc.string({ minLength, maxLength: Math.min(maxLength, 60) }), weight: 2 },
  );
  return any.map((value) => value.slice(0, maxLength).padEnd(minLength, 'x'));
}

/** Values nobody should send. */
export const hostile: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1.5,
    2 ** 31,
    2 ** 53,
    -(2 ** 63),
    1e308,
    Number.MIN_VALUE,
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    'a\u0007b',
    '\ud800',
    '\udc00\ud800',
    '\u202e\u2066',
    '\ufeff',
    'x'.repeat(100_000),
    '2026-02-30',
    '2026-13-01',
    '-2026-01-01',
    '2026-01-31T25:00:00Z',
    'Infinity',
    'NaN',
    '1e999',
    '٣',
    'task_8zzzzzzzzzzzzzzzzzzzzzzzzz',
    'task_',
    'user_01h455vb4pex5vsknk084sn02q',
    'proj_01h455vb4pex5vsknk084sn02Q',
    '00000000-0000-0000-0000-000000000000',
    "'; drop table task; --",
    '../../../etc/passwd',
    '%00%ff%E0%A4%A',
    '{{7*7}}',
    '<script>alert(1)</script>',
    '__proto__',
    {},
    [],
    [[[[[[]]]]]],
    { $text: 'x' },
    { toString: null, constructor: { prototype: 1 } },
    { length: -1 },
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.jsonValue(),
);

/** An allowed value with one thing in it spoiled. */
export function nearly(schema: Schema, ids: Ids): Arbitrary<unknown> {
  return fc.tuple(allowed(schema, ids), hostile, fc.nat(), fc.nat(3)).map(([value, bad, where, how]) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad;
    const copy = { ...(value as Record<string, unknown>) };
    const names = [...new Set([...Object.keys(copy), ...Object.keys(schema.properties ?? {})])];
    const name = names[where % Math.max(1, names.length)] ?? 'x';
    if (how === 0) delete copy[name];
    else if (how === 1) copy[typeof bad === 'string' ? bad : 'unknown'] = 1;
    else copy[name] = bad;
    return copy;
  });
}
