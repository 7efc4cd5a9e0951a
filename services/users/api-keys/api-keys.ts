import { encodeId, type Id, type List, newId, streamName } from '@gantry/contracts';
import {
  API_KEY_PREFIX,
  type ApiKey,
  apiKeyCreated,
  apiKeyDeleted,
  MAX_API_KEYS,
  type NewApiKey,
  userErrors,
} from '@gantry/contracts/users';
import { fail, failWith, listOf, one, type PageInput, pageOf, uuidIn } from '@gantry/kit';
import { newSecretToken } from '../auth/secret-token.ts';
import type { Ctx } from '../context.ts';
import { lockUser } from '../profile/profile.store.ts';
import {
  type ApiKeyRow,
  countApiKeys,
  deleteApiKeyRow,
  insertApiKey,
  pageOfApiKeys,
} from './api-keys.store.ts';

const SHOWN_CHARACTERS = API_KEY_PREFIX.length + 6;
const DEFAULT_DAYS = 90;

export interface ApiKeyInput {
  id?: Id<'api_key'> | undefined;
  name: string;
  scopes: ApiKey['scopes'];
  expires_in_days?: number | null | undefined;
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return { ...row, id: encodeId('api_key', row.id) };
}

/** A key of mine. Whoever has it is me, as far as its scopes go; the key itself is kept nowhere. */
export async function createApiKey(ctx: Ctx, input: ApiKeyInput): Promise<NewApiKey> {
  const me = uuidIn('user', ctx.userId);
  const id = input.id ?? newId('api_key');
  const { token, hash } = newSecretToken(API_KEY_PREFIX);
  const days = input.expires_in_days === undefined ? DEFAULT_DAYS : input.expires_in_days;
  const made = await ctx.write(async (tx) => {
    await tx.query(lockUser, [me]);
    if (one(await tx.query(countApiKeys, [me])).total >= MAX_API_KEYS)
      throw failWith(userErrors, 'limit_reached');
    const shown = token.slice(0, SHOWN_CHARACTERS);
    const values = [uuidIn('api_key', id), me, input.name, hash, shown, input.scopes, days];
    const key = toApiKey(one(await tx.query(insertApiKey, values)));
    tx.record(apiKeyCreated, {
      ...about(ctx, id, 1),
      after: { name: key.name, scopes: key.scopes, expires_at: key.expires_at },
    });
    return key;
  });
  return { ...made, key: token };
}

export async function listApiKeys(ctx: Ctx, query: PageInput): Promise<List<ApiKey>> {
  const me = uuidIn('user', ctx.userId);
  const page = pageOf(query);
  const [rows, counted] = await Promise.all([
    ctx.query(pageOfApiKeys, [me, page.limit, page.offset]),
    ctx.query(countApiKeys, [me]),
  ]);
  return listOf(rows.map(toApiKey), one(counted).total, page);
}

/** Deletes a key of mine; anybody else's is not there. */
export async function deleteApiKey(ctx: Ctx, id: Id<'api_key'>): Promise<void> {
  await ctx.write(async (tx) => {
    const gone = await tx.query(deleteApiKeyRow, [uuidIn('api_key', id), uuidIn('user', ctx.userId)]);
    if (gone.length === 0) throw fail('not_found');
    tx.record(apiKeyDeleted, { ...about(ctx, id, 2), after: {} });
  });
}

function about(ctx: Ctx, id: Id<'api_key'>, version: number) {
  const stream = streamName('users', 'user', uuidIn('user', ctx.userId));
  return { stream, workspaceId: null, entityId: id, root: ctx.userId, version };
}
