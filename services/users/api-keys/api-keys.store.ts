import type { ApiKey } from '@gantry/contracts/users';
import { statement } from '@gantry/kit';

export interface ApiKeyRow {
  id: string;
  name: string;
  shown_as: string;
  scopes: ApiKey['scopes'];
  expires_at: string | null;
  last_used_at: string | null;
  created_at: string;
}

/** A living key with what its token says about the person. */
export interface KeyBearerRow {
  id: string;
  user_id: string;
  role: 'admin' | 'user';
  name: string;
  scopes: string[];
  stale: boolean;
}

const COLUMNS = 'id, name, shown_as, scopes, expires_at, last_used_at, created_at';
const BEARER = `select k.id, k.user_id, u.role, u.name, k.scopes,
  (k.last_used_at is null or k.last_used_at < now() - interval '1 minute') as stale
  from api_key k join users u on u.id = k.user_id`;
const LIVING = '(k.expires_at is null or k.expires_at > now())';

export const insertApiKey = statement<ApiKeyRow>(
  'api_key.insert',
  `insert into api_key (id, user_id, name, key_hash, shown_as, scopes, expires_at)
   values ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 day') returning ${COLUMNS}`,
);
export const countApiKeys = statement<{ total: number }>(
  'api_key.count',
  'select count(*) as total from api_key where user_id = $1',
);
export const pageOfApiKeys = statement<ApiKeyRow>(
  'api_key.page',
  `select ${COLUMNS} from api_key where user_id = $1 order by created_at desc, id desc limit $2 offset $3`,
);
export const deleteApiKeyRow = statement<{ id: string }>(
  'api_key.delete',
  'delete from api_key where id = $1 and user_id = $2 returning id',
);
export const bearerByHash = statement<KeyBearerRow>(
  'api_key.by_hash',
  `${BEARER} where k.key_hash = $1 and ${LIVING}`,
);
export const bearerById = statement<KeyBearerRow>('api_key.by_id', `${BEARER} where k.id = $1 and ${LIVING}`);
/** At most once a minute, whoever comes first. */
export const touchApiKey = statement(
  'api_key.touch',
  `update api_key set last_used_at = now()
   where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
);
