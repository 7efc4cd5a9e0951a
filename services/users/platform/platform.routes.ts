import { usersRoutes as r } from '@gantry/contracts/users';
import { handlerFor } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { getPlatform, listMails, listUsers, updatePlatform } from './platform.ts';

const handle = handlerFor<Ctx>();

export const platformRoutes = [
  handle(r.getPlatform, (ctx) => getPlatform(ctx)),
  handle(r.updatePlatform, (ctx, { body }) => updatePlatform(ctx, body)),
  handle(r.listUsers, (ctx, { query }) => listUsers(ctx, query)),
  handle(r.listMails, (ctx, { query }) => listMails(ctx, query)),
];
