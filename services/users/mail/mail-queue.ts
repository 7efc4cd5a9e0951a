import { type Mail, statement, type Transaction } from '@gantry/kit';
import type { Ctx } from '../context.ts';

const BATCH = 20;
const GIVE_UP_DAYS = 2;
const MAX_WAIT_S = 3600;

const insert = statement(
  'mail_queue.insert',
  'insert into mail_queue (kind, about, facts) values ($1, $2, $3) on conflict (kind, about) do nothing',
);
const due = statement<{
  id: string;
  kind: string;
  facts: Record<string, string>;
  attempts: number;
  old: boolean;
}>(
  'mail_queue.due',
  `select id, kind, facts, attempts, created_at < now() - interval '${GIVE_UP_DAYS} days' as old
   from mail_queue where next_at <= now() order by next_at, id limit ${BATCH}`,
);
const remove = statement('mail_queue.remove', 'delete from mail_queue where id = $1');
const postpone = statement(
  'mail_queue.postpone',
  `update mail_queue set attempts = attempts + 1, next_at = now() + $2 * interval '1 second' where id = $1`,
);

/**
 * What a mail says when it is sent, from what it is about. Null: there is nothing to say any more. Tokens are made
 * here, so that the queue holds none.
 */
export type ComposeMail = (ctx: Ctx, facts: Record<string, string>) => Promise<Mail | null>;

/** Queues a mail in the transaction that causes it; the same `about` waits once. */
export async function queueMail(
  tx: Transaction,
  kind: string,
  about: string,
  facts: Record<string, string>,
): Promise<void> {
  await tx.query(insert, [kind, about, JSON.stringify(facts)]);
}

/** Sends what is due. A crash between sending and forgetting sends again: at least once. */
export async function sendQueuedMail(ctx: Ctx, composers: Record<string, ComposeMail>): Promise<void> {
  for (const row of await ctx.query(due)) {
    try {
      const mail = await composers[row.kind]?.(ctx, row.facts);
      if (mail) await ctx.mail.send(mail);
      await ctx.query(remove, [row.id]);
    } catch (error) {
      ctx.log.warn({
        event: 'mail_failed',
        kind: row.kind,
        attempts: row.attempts,
        reason: (error as Error).message,
      });
      if (row.old) await ctx.query(remove, [row.id]);
      else await ctx.query(postpone, [row.id, Math.min(MAX_WAIT_S, 2 ** row.attempts * 5)]);
    }
  }
}

/** Address of a page of ours. The token stands behind the `#`, which browsers send to nobody. */
export function pageUrl(ctx: Ctx, page: string, token: string): string {
  const { PUBLIC_URL, PORT } = ctx.service.platform;
  return `${(PUBLIC_URL ?? `http://localhost:${PORT}`).replace(/\/$/, '')}/${page}#${token}`;
}
