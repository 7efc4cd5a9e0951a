import { ID_PREFIXES, type IdKind, rankBetween } from '@gantry/contracts';

/** As much of JSON Schema as our contracts use. */
export interface Schema {
  type?: string | string[];
  enum?: unknown[];
  anyOf?: Schema[];
  format?: string;
  pattern?: string;
  minLength?: number;
  minimum?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

export type Ids = Partial<Record<IdKind, string>>;

/** The kind of id a schema (or the items of a list) takes, or null. */
export function idKindOf(schema: Schema): IdKind | null {
  const format = schema.format ?? schema.items?.format ?? schema.anyOf?.find((s) => s.format)?.format;
  return format?.startsWith('id-') ? (format.slice(3) as IdKind) : null;
}

/** A value this schema accepts, with these ids where it takes ids. */
export function sampleOf(schema: Schema, ids: Ids): unknown {
  if (schema.anyOf) return sampleOf(schema.anyOf[0] as Schema, ids);
  if (schema.enum) return schema.enum[0];
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'object':
      return sampleObject(schema, ids, () => true);
    case 'array':
      return [sampleOf(schema.items ?? {}, ids)];
    case 'integer':
    case 'number':
      return schema.minimum ?? 0;
    case 'boolean':
      return false;
    default:
      return sampleText(schema, ids);
  }
}

/** An object with its required properties and those `wanted`; ids only where they are known. */
export function sampleObject(
  schema: Schema,
  ids: Ids,
  wanted: (name: string, property: Schema) => boolean,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const kind = idKindOf(property);
    const isRequired = schema.required?.includes(name) ?? false;
    if (isRequired || (wanted(name, property) && (kind === null || ids[kind] !== undefined)))
      out[name] = sampleOf(property, ids);
  }
  return out;
}

function sampleText(schema: Schema, ids: Ids): string {
  const kind = idKindOf(schema);
  if (kind) return ids[kind] ?? `${ID_PREFIXES[kind]}_01h455vb4pex5vsknk084sn02q`;
  if (schema.format === 'plain-date') return '2027-01-31';
  if (schema.format === 'email') return 'somebody@example.com';
  if (schema.format === 'rank') return rankBetween(null, null);
  if (schema.pattern?.startsWith('^[A-Z]')) return 'SMPL';
  if (schema.pattern?.includes('|')) return /\(([a-z_]+)\|/.exec(schema.pattern)?.[1] ?? '';
  if (schema.pattern) return 'todo';
  return 'sample'.padEnd(schema.minLength ?? 0, '.');
}
