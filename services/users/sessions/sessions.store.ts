import type { SignIn } from '@gantry/contracts/users';
import { statement } from '@gantry/kit';

export interface OpenSessionRow {
  id: string;
  ip_address: string | null;
  user_agent: string | null;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
}
export interface SignInRow {
  id: string;
  at: string;
  outcome: SignIn['outcome'];
  address: string | null;
  user_agent: string | null;
}

export const pageOfSessions = statement<OpenSessionRow>(
  'session.page',
  `select id, ip_address, user_agent, created_at, last_seen_at, expires_at from session
   where user_id = $1 and expires_at > now() order by last_seen_at desc, id limit $2 offset $3`,
);
export const countSessions = statement<{ total: number }>(
  'session.count',
  'select count(*) as total from session where user_id = $1 and expires_at > now()',
);
export const deleteSessionOf = statement<{ id: string }>(
  'session.delete_one_of',
  'delete from session where id = $1 and user_id = $2 returning id',
);
/** All of a person's sessions but one (null: all). */
export const deleteSessionsOf = statement<{ id: string }>(
  'session.delete_of',
  'delete from session where user_id = $1 and id is distinct from $2::uuid returning id',
);
export const setSessionAddress = statement(
  'session.set_address',
  'update session set ip_address = $2 where id = $1',
);
/** At most once a minute, whoever comes first. */
export const touchSession = statement(
  'session.touch',
  `update session set last_seen_at = now() where id = $1 and last_seen_at < now() - interval '1 minute'`,
);
/** One statement, whether there is such an account or not. */
export const insertSignIn = statement(
  'sign_in.insert',
  `insert into sign_in (user_id, outcome, address, user_agent)
   select id, $2, $3, $4 from users where email = $1 or username = $1`,
);
export const pageOfSignIns = statement<SignInRow>(
  'sign_in.page',
  `select id, at, outcome, address, user_agent from sign_in
   where user_id = $1 order by at desc, id desc limit $2 offset $3`,
);
export const countSignIns = statement<{ total: number }>(
  'sign_in.count',
  'select count(*) as total from sign_in where user_id = $1',
);
export const deleteOldSignIns = statement(
  'sign_in.delete_old',
  `delete from sign_in where at < now() - $1 * interval '1 day'`,
);
