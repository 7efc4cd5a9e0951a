import { encodeId, type Id } from '@gantry/contracts';
import { type AnyContext, type Database, type Job, statement, uuidIn } from '@gantry/kit';

/** Somebody who says nothing for this long is not there any more. */
export const PRESENT_MS = 45_000;
const SWEEP_MS = 60_000;

export interface SeenPerson {
  stream: string;
  userId: Id<'user'>;
  name: string;
  at: string | null;
  /** Milliseconds since they said so. */
  agoMs: number;
}

interface SeenRow {
  stream: string;
  user_id: string;
  name: string;
  place: string | null;
  ago_ms: number;
}

const seen = statement<SeenRow>(
  'presence.seen',
  `select stream, user_id, name, place, extract(epoch from now() - seen_at)::float8 * 1000 as ago_ms from presence
   where stream = any($1) and instance <> $2 and seen_at > now() - $3 * interval '1 millisecond'`,
);
const save = statement(
  'presence.save',
  `insert into presence (stream, instance, user_id, name, place, seen_at)
   select x.stream, $1, x.user_id, x.name, x.place, now() - x.ago_ms * interval '1 millisecond'
   from jsonb_to_recordset($2::jsonb) as x(stream text, user_id uuid, name text, place text, ago_ms float8)
   on conflict (stream, instance, user_id)
   do update set name = excluded.name, place = excluded.place, seen_at = excluded.seen_at`,
);
const remove = statement(
  'presence.remove',
  `delete from presence p using jsonb_to_recordset($2::jsonb) as x(stream text, user_id uuid)
   where p.stream = x.stream and p.user_id = x.user_id and p.instance = $1`,
);
const removeAll = statement('presence.remove-all', 'delete from presence where instance = $1');
const sweep = statement(
  'presence.sweep',
  `delete from presence where seen_at < now() - $1 * interval '1 millisecond'`,
);

/** People other processes see on these streams. */
export async function peopleElsewhere(
  db: Database,
  instance: string,
  streams: string[],
): Promise<SeenPerson[]> {
  const rows = await db.query(seen, [streams, instance, PRESENT_MS]);
  return rows.map((row) => ({
    stream: row.stream,
    userId: encodeId('user', row.user_id),
    name: row.name,
    at: row.place,
    agoMs: row.ago_ms,
  }));
}

export async function savePeople(db: Database, instance: string, people: SeenPerson[]): Promise<void> {
  const rows = people.map((p) => ({
    stream: p.stream,
    user_id: uuidIn('user', p.userId),
    name: p.name,
    place: p.at,
    ago_ms: p.agoMs,
  }));
  await db.query(save, [instance, JSON.stringify(rows)]);
}

export async function removePeople(
  db: Database,
  instance: string,
  people: { stream: string; userId: Id<'user'> }[],
): Promise<void> {
  const rows = people.map((p) => ({ stream: p.stream, user_id: uuidIn('user', p.userId) }));
  await db.query(remove, [instance, JSON.stringify(rows)]);
}

export async function removeInstance(db: Database, instance: string): Promise<void> {
  await db.query(removeAll, [instance]);
}

/** Clears up behind processes that could not. */
export const presenceSweep: Job = {
  name: 'presence-sweep',
  everyMs: SWEEP_MS,
  run: async (ctx: AnyContext) => {
    await ctx.query(sweep, [2 * PRESENT_MS]);
  },
};
