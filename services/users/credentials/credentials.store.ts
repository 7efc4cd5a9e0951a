import { statement } from '@gantry/kit';

export const passwordHashOf = statement<{ password: string | null }>(
  'credential.hash_of',
  `select password from account where user_id = $1 and provider_id = 'credential'`,
);
/** Sets it if it is still the one that was verified. */
export const replacePassword = statement<{ user_id: string }>(
  'credential.replace',
  `update account set password = $2, updated_at = now()
   where user_id = $1 and provider_id = 'credential' and password = $3 returning user_id`,
);
export const setPassword = statement<{ user_id: string }>(
  'credential.set',
  `update account set password = $2, updated_at = now()
   where user_id = $1 and provider_id = 'credential' returning user_id`,
);
export const userByEmail = statement<{ id: string; name: string; email: string }>(
  'credential.user_by_email',
  'select id, name, email from users where email = $1',
);
export const insertToken = statement(
  'credential_token.insert',
  `insert into credential_token (token_hash, kind, user_id, email, expires_at)
   values ($1, $2, $3, $4, now() + $5 * interval '1 hour')
   on conflict (user_id, kind) do update set token_hash = excluded.token_hash, email = excluded.email,
     expires_at = excluded.expires_at, created_at = now()`,
);
export const tokenStands = statement<{ user_id: string }>(
  'credential_token.stands',
  'select user_id from credential_token where token_hash = $1 and kind = $2 and expires_at > now()',
);
/** Uses it up: of two at once, one gets it. */
export const useToken = statement<{ user_id: string; email: string }>(
  'credential_token.use',
  `delete from credential_token where token_hash = $1 and kind = $2 and expires_at > now()
   returning user_id, email`,
);
export const dropTokens = statement(
  'credential_token.drop',
  'delete from credential_token where user_id = $1',
);
export const dropResetTokens = statement(
  'credential_token.drop_resets',
  `delete from credential_token where user_id = $1 and kind = 'password_reset'`,
);
export const deleteOldTokens = statement(
  'credential_token.delete_old',
  'delete from credential_token where expires_at < now()',
);
export const setVerifiedEmail = statement<{ id: string }>(
  'credential.set_email',
  'update users set email = $2, email_verified = true where id = $1 returning id',
);
