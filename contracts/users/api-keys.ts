import { type Static, Type } from 'typebox';
import { defineEvent } from '../kernel/change.ts';
import { defineRoute } from '../kernel/route.ts';
import { Enum, IdOf, Instant, Line, ListOf, Nullable, PageQuery, Strict } from '../kernel/schema.ts';
import { userErrors } from './common.ts';

/** All a key may be given. What belongs to a session only (keys, passwords, sessions, the platform) is in none. */
export const API_KEY_SCOPES = [
  'users:read',
  'users:write',
  'projects:read',
  'projects:write',
  'tasks:read',
  'tasks:write',
  'notifications:read',
  'notifications:write',
] as const;
export const API_KEY_PREFIX = 'gk_';
export const MAX_API_KEYS = 50;

const scopesSchema = Type.Array(Enum(API_KEY_SCOPES), {
  minItems: 1,
  maxItems: API_KEY_SCOPES.length,
  uniqueItems: true,
  description:
    'By owner of the routes; write includes read. Also says which streams a live socket may follow.',
});

export const ApiKey = Type.Object({
  id: IdOf('api_key'),
  name: Type.String(),
  shown_as: Type.String({ description: 'The first characters, to tell keys apart.' }),
  scopes: scopesSchema,
  expires_at: Nullable(Instant),
  last_used_at: Nullable(Instant),
  created_at: Instant,
});
export type ApiKey = Static<typeof ApiKey>;

export const NewApiKey = Type.Object({
  ...ApiKey.properties,
  key: Type.String({ description: 'Shown this once. Send it as `Authorization: Bearer gk_…`.' }),
});
export type NewApiKey = Static<typeof NewApiKey>;

export const apiKeyRoutes = {
  createApiKey: defineRoute({
    id: 'createApiKey',
    method: 'POST',
    path: '/me/api-keys',
    status: 201,
    scope: 'session',
    secret: true,
    summary: 'Make an API key; the answer is the only place the key is ever shown',
    body: Strict({
      id: Type.Optional(IdOf('api_key')),
      name: Line(80),
      scopes: scopesSchema,
      expires_in_days: Type.Optional(
        Nullable(
          Type.Integer({
            minimum: 1,
            maximum: 3650,
            description: 'Null: never. 90 unless said.',
            default: 90,
          }),
        ),
      ),
    }),
    response: NewApiKey,
    errors: userErrors,
  }),
  listApiKeys: defineRoute({
    id: 'listApiKeys',
    method: 'GET',
    path: '/me/api-keys',
    status: 200,
    scope: 'session',
    summary: 'My API keys, newest first',
    query: Strict({ page: PageQuery.page, limit: PageQuery.limit }),
    response: ListOf(ApiKey),
  }),
  deleteApiKey: defineRoute({
    id: 'deleteApiKey',
    method: 'DELETE',
    path: '/me/api-keys/{api_key_id}',
    status: 204,
    scope: 'session',
    summary: 'Delete an API key; it is out within a second',
    params: Strict({ api_key_id: IdOf('api_key') }),
  }),
} as const;

/** On the person's own stream. Never the key or its hash. */
export const apiKeyCreated = defineEvent({
  name: 'user.api_key.created',
  owner: 'users',
  entity: 'api_key',
  op: 'created',
  v: 1,
  after: Type.Object({
    name: Type.String(),
    scopes: Type.Array(Type.String()),
    expires_at: Nullable(Instant),
  }),
});
export const apiKeyDeleted = defineEvent({
  name: 'user.api_key.deleted',
  owner: 'users',
  entity: 'api_key',
  op: 'deleted',
  v: 1,
  after: Type.Object({}),
});
