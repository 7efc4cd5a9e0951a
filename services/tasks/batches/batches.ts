import { createHash } from 'node:crypto';
import { encodeId, type Id, newId } from '@gantry/contracts';
import { fail, type Queryable, statement, uuidIn } from '@gantry/kit';
import type { Ctx } from '../context.ts';

const foreign = statement<{ found: number }>(
  'batch.foreign',
  `select 1 as found from log_change where batch_id = $1 and (stream <> $2 or actor is distinct from $3) limit 1`,
);

/**
 * The batch a request writes under: the client's; else one made from its Idempotency-Key, so that a repeat after a
 * crash half-way goes on with the same batch; else a new one.
 */
export function batchFor(ctx: Ctx, given?: Id<'batch'>): Id<'batch'> {
  if (given !== undefined) return given;
  const { idempotency } = ctx.facts;
  if (!idempotency) return newId('batch');
  const hash = createHash('sha256')
    .update(`${ctx.userId}\n${idempotency.key}\n${idempotency.bodyHash}`)
    .digest('hex');
  // UUIDv8 (RFC 9562): bits of our own making.
  const variant = ((Number.parseInt(hash.slice(16, 17), 16) & 3) | 8).toString(16);
  return encodeId(
    'batch',
    `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`,
  );
}

/** Throws `already_exists` if somebody else, or work in another project, has used this batch id. */
export async function requireOwnBatch(ctx: Ctx, batch: Id<'batch'>, stream: string): Promise<void> {
  const found = await ctx.db.query(foreign, [uuidIn('batch', batch), stream, uuidIn('user', ctx.userId)]);
  if (found.length > 0)
    throw fail('already_exists', { detail: 'This batch_id is used already; make a new one.' });
}

const written = statement<{ entity_id: string }>(
  'batch.entities',
  'select distinct entity_id from log_change where batch_id = $1 and entity_id = any($2)',
);

/** Which of these entities (UUIDs) the batch has changed so far. */
export async function writtenBy(db: Queryable, batch: Id<'batch'>, uuids: string[]): Promise<Set<string>> {
  return new Set((await db.query(written, [uuidIn('batch', batch), uuids])).map((row) => row.entity_id));
}
