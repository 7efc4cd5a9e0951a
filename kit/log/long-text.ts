import { createHash } from 'node:crypto';

/** Text of more bytes than this is kept once by hash; the log holds the hash. */
export const LONG_TEXT_BYTES = 4096;

/** Where the texts of changes without a workspace are kept. */
export const NO_WORKSPACE = '00000000-0000-0000-0000-000000000000';

interface TextRef {
  $text: string;
}
interface Literal {
  $literal: unknown;
}

function hasOnly(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && name in value && Object.keys(value).length === 1;
}
function isRef(value: unknown): value is TextRef {
  return hasOnly(value, '$text');
}
/** A value that somebody else made and that only looks like ours is wrapped, so that it is never taken for one. */
function isLiteral(value: unknown): value is Literal {
  return hasOnly(value, '$literal');
}

/** The fields with long text replaced by `{"$text": hash}`; what was replaced is added to `found`. */
export function extractLongText(
  fields: Record<string, unknown> | null,
  found: Map<string, string>,
): Record<string, unknown> | null {
  if (fields === null) return null;
  let out: Record<string, unknown> | null = null;
  for (const [name, value] of Object.entries(fields)) {
    if (isRef(value) || isLiteral(value)) {
      out ??= { ...fields };
      out[name] = { $literal: value };
      continue;
    }
    if (
      typeof value !== 'string' ||
      value.length <= LONG_TEXT_BYTES / 4 ||
      Buffer.byteLength(value) <= LONG_TEXT_BYTES
    )
      continue;
    const hash = createHash('sha256').update(value).digest('hex');
    found.set(hash, value);
    out ??= { ...fields };
    out[name] = { $text: hash };
  }
  return out ?? fields;
}

/** Hashes the fields refer to. */
export function longTextRefs(fields: Record<string, unknown> | null): string[] {
  return fields === null
    ? []
    : Object.values(fields)
        .filter(isRef)
        .map((ref) => ref.$text);
}

/** The fields with every `{"$text": hash}` replaced by its text; a purged text becomes the empty string. */
export function restoreLongText(
  fields: Record<string, unknown> | null,
  texts: Map<string, string>,
): Record<string, unknown> | null {
  if (fields === null || !Object.values(fields).some((v) => isRef(v) || isLiteral(v))) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      isRef(value) ? (texts.get(value.$text) ?? '') : isLiteral(value) ? value.$literal : value,
    ]),
  );
}
