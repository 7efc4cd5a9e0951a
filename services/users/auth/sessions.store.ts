import { batched, type Database, statement } from '@gantry/kit';

export interface SessionRow {
  id: string;
  user_id: string;
  token: string;
  expires_at: string;
  role: 'admin' | 'user';
  name: string;
  /** Last seen longer ago than a minute. */
  stale: boolean;
}

const COLUMNS = `s.id, s.user_id, s.token, s.expires_at, u.role, u.name,
  s.last_seen_at < now() - interval '1 minute' as stale`;

/** A living session with what its token says about the person. */
export const sessionByToken = statement<SessionRow>(
  'session.by_token',
  `select ${COLUMNS} from session s join users u on u.id = s.user_id where s.token = $1 and s.expires_at > now()`,
);
const sessionsById = statement<SessionRow>(
  'session.by_ids',
  `select ${COLUMNS} from session s join users u on u.id = s.user_id where s.id = any($1) and s.expires_at > now()`,
);
/** A living session by its UUID. Every open socket asks each 750 ms: one query for all of a turn. */
export const sessionById = batched(async (db: Database, ids) => {
  const rows = await db.query(sessionsById, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
});
export const extendSession = statement<{ expires_at: string }>(
  'session.extend',
  `update session set expires_at = now() + $2 * interval '1 day', updated_at = now() where id = $1 returning expires_at`,
);
export const deleteSession = statement('session.delete', 'delete from session where id = $1');
export const deleteExpiredSessions = statement(
  'session.delete_expired',
  'delete from session where expires_at < now()',
);
export const takenLogins = statement<{ email: boolean; username: boolean }>(
  'session.taken',
  'select exists (select from users where email = $1) as email, exists (select from users where username = $2) as username',
);
