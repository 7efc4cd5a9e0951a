import { statement } from '@gantry/kit';

export interface UserRow {
  id: string;
  username: string | null;
  display_username: string | null;
  email: string;
  email_verified: boolean;
  first_name: string;
  last_name: string;
  name: string;
  role: 'admin' | 'user';
  version: number;
  created_at: string;
  updated_at: string;
}

const COLUMNS =
  'id, username, display_username, email, email_verified, first_name, last_name, name, role, version, created_at, updated_at';

export const userById = statement<UserRow>('user.by_id', `select ${COLUMNS} from users where id = $1`);
export const lockUser = statement<UserRow>(
  'user.lock',
  `select ${COLUMNS} from users where id = $1 for update`,
);
export const updateUser = statement<UserRow>(
  'user.update',
  `update users set first_name = $2, last_name = $3, username = $4, display_username = $5 where id = $1 returning ${COLUMNS}`,
);
/** Tells the logging trigger who acts in this transaction. */
export const actAs = statement(
  'user.act_as',
  `select set_config('gantry.actor', $1, true), set_config('gantry.origin', $2, true),
     set_config('gantry.request_id', $3, true), set_config('gantry.mutation_id', $4, true)`,
);
