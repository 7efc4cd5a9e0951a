import type { Platform, PlatformUser } from '@gantry/contracts/users';
import { statement } from '@gantry/kit';

export const readSettings = statement<Platform>(
  'platform.read',
  'select sign_ups, version from platform_setting',
);
export const lockSettings = statement<Platform>(
  'platform.lock',
  'select sign_ups, version from platform_setting for update',
);
export const saveSettings = statement<Platform>(
  'platform.save',
  'update platform_setting set sign_ups = $1, version = version + 1, updated_at = now() returning sign_ups, version',
);
export const anyUser = statement('platform.any_user', 'select 1 from users limit 1');
/** The role as it is now, not as a token remembers it. */
export const platformRole = statement<{ role: 'admin' | 'user' }>(
  'platform.role',
  'select role from users where id = $1',
);

const MATCHES = `($1::text is null or name ilike $1 or email ilike $1 or username ilike $1)`;
export const pageOfUsers = statement<PlatformUser>(
  'platform.users',
  `select id, coalesce(display_username, username) as username, email, email_verified, name, role, created_at
   from users where ${MATCHES} order by created_at, id limit $2 offset $3`,
);
export const countUsers = statement<{ total: number }>(
  'platform.count_users',
  `select count(*) as total from users where ${MATCHES}`,
);
