import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { fail, statement } from '@gantry/kit';
import type { Ctx } from '../context.ts';

/** Attempts that cost nothing; NIST SP 800-63B allows up to 100 in a row. Afterwards the wait doubles from 1 s. */
interface Limit {
  free: number;
  maxWaitS: number;
}
const PAIR: Limit = { free: 20, maxWaitS: 900 };
const ADDRESS: Limit = { free: 300, maxWaitS: 60 };
const MAILS: Limit = { free: 5, maxWaitS: 900 };

/**
 * Counts the attempt before it is made, so that many at once count too. No row: not yet. What is free is set to
 * -infinity, not now(): a statement that waited for a later one's row would find its own now() too early.
 */
const take = statement<{ failures: number }>(
  'sign_in_attempt.take',
  `insert into sign_in_attempt as a (key, failures, next_at) values ($1, 1, '-infinity')
   on conflict (key) do update set
     failures = case when a.updated_at < now() - interval '1 day' then 1 else a.failures + 1 end,
     next_at = case when a.failures >= $2 and a.updated_at > now() - interval '1 day'
       then now() + least($3::float, power(2, least(a.failures - $2, 20))) * interval '1 second' else '-infinity' end,
     updated_at = now()
   where a.next_at <= now() returning failures`,
);
const waitOf = statement<{ seconds: number }>(
  'sign_in_attempt.wait',
  'select greatest(1, ceil(extract(epoch from next_at - now())))::int as seconds from sign_in_attempt where key = $1',
);
const forget = statement('sign_in_attempt.forget', 'delete from sign_in_attempt where key = $1');
const giveBack = statement(
  'sign_in_attempt.give_back',
  'update sign_in_attempt set failures = greatest(0, failures - 1) where key = $1',
);
export const deleteOldAttempts = statement(
  'sign_in_attempt.delete_old',
  `delete from sign_in_attempt where updated_at < now() - interval '1 day'`,
);

/** Where the request comes from, as the gateway says; the gateway takes that header off whatever comes in. */
export function addressOf(ctx: Ctx): string | null {
  const { request } = ctx.facts;
  const told = request?.headers['x-gantry-address'];
  if (typeof told === 'string' && isIP(told)) return told;
  return request?.socket.remoteAddress ?? null;
}

/**
 * Counts an attempt to prove to be somebody, or throws `rate_limited`. Counted are this name from this address, and
 * this address: nobody can lock somebody out from elsewhere. Whether there is such an account plays no part.
 * Gives what to call when the attempt was right.
 */
export async function countAttempt(ctx: Ctx, login: string): Promise<() => Promise<void>> {
  const address = addressOf(ctx) ?? '';
  const ofAddress = keyOf('address', address);
  const ofPair = keyOf('login', login.trim().toLowerCase(), address);
  await orWait(ctx, ofAddress, ADDRESS);
  await orWait(ctx, ofPair, PAIR);
  return async () => {
    await Promise.all([ctx.query(forget, [ofPair]), ctx.query(giveBack, [ofAddress])]);
  };
}

/** Counts a mail asked for, or throws `rate_limited`. */
export function countMail(ctx: Ctx, about: string): Promise<void> {
  return orWait(ctx, keyOf('mail', about.toLowerCase(), addressOf(ctx) ?? ''), MAILS);
}

async function orWait(ctx: Ctx, key: Buffer, { free, maxWaitS }: Limit): Promise<void> {
  if ((await ctx.query(take, [key, free, maxWaitS])).length > 0) return;
  const [wait] = await ctx.query(waitOf, [key]);
  throw fail('rate_limited', { headers: { 'retry-after': String(wait?.seconds ?? 1) } });
}

function keyOf(...parts: string[]): Buffer {
  return createHash('sha256').update(parts.join('\n')).digest();
}
