import { createHash } from 'node:crypto';
import { type Queryable, statement } from '../db/database.ts';
import { fail } from '../errors.ts';
import type { Transaction } from '../log/transaction.ts';

/** How long an Idempotency-Key is remembered. */
export const IDEMPOTENCY_DAYS = 30;

export interface IdempotentRequest {
  key: string;
  route: string;
  bodyHash: string;
}

const find = statement<{ route: string; body_hash: string; response: unknown }>(
  'idempotency.find',
  'select route, body_hash, response from idempotency_key where user_id = $1 and key = $2',
);
const save = statement(
  'idempotency.save',
  'insert into idempotency_key (user_id, key, route, body_hash, response) values ($1, $2, $3, $4, $5) on conflict do nothing returning 1 as saved',
);
const sweep = statement(
  'idempotency.sweep',
  `delete from idempotency_key where at < now() - interval '${IDEMPOTENCY_DAYS} days'`,
);

/** Hash of what must be the same for a repeat: method, address and body. */
export function requestHash(method: string, url: string, body: unknown): string {
  return createHash('sha256')
    .update(`${method} ${url}\n`)
    .update(JSON.stringify(body ?? null))
    .digest('base64url');
}

/**
 * The stored answer to a repeated request, or null if the key is new.
 * Throws `idempotency_key_reused` if the key came with another request.
 */
export async function findIdempotent(
  db: Queryable,
  userId: string,
  request: IdempotentRequest,
): Promise<{ response: unknown } | null> {
  const [row] = await db.query(find, [userId, request.key]);
  if (row === undefined) return null;
  if (row.route !== request.route || row.body_hash !== request.bodyHash) throw fail('idempotency_key_reused');
  return { response: row.response };
}

/** Thrown when the same key is being written by a twin of this request; the caller answers what the twin stored. */
export class IdempotentTwinError extends Error {}

/** Stores the answer with the effect. If a twin committed first, throws IdempotentTwinError, which rolls this one back. */
export async function saveIdempotent(
  tx: Transaction,
  userId: string,
  request: IdempotentRequest,
  response: unknown,
): Promise<void> {
  const saved = await tx.query(save, [
    userId,
    request.key,
    request.route,
    request.bodyHash,
    JSON.stringify(response ?? null),
  ]);
  if (saved.length === 0) throw new IdempotentTwinError();
}

export async function sweepIdempotent(db: Queryable): Promise<void> {
  await db.query(sweep);
}
