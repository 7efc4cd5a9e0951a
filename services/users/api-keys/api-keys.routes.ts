import { usersRoutes as r } from '@gantry/contracts/users';
import { handlerFor } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { createApiKey, deleteApiKey, listApiKeys } from './api-keys.ts';

const handle = handlerFor<Ctx>();

export const apiKeyRoutes = [
  handle(r.createApiKey, (ctx, { body }) => createApiKey(ctx, body)),
  handle(r.listApiKeys, (ctx, { query }) => listApiKeys(ctx, query)),
  handle(r.deleteApiKey, (ctx, { params }) => deleteApiKey(ctx, params.api_key_id) as Promise<undefined>),
];
