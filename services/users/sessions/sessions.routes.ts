import { usersRoutes as r } from '@gantry/contracts/users';
import { handlerFor } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { listSessions, listSignIns, revokeOtherSessions, revokeSession } from './sessions.ts';

const handle = handlerFor<Ctx>();

export const sessionRoutes = [
  handle(r.listSessions, (ctx, { query }) => listSessions(ctx, query)),
  handle(r.revokeSession, (ctx, { params }) => revokeSession(ctx, params.session_id) as Promise<undefined>),
  handle(r.revokeOtherSessions, (ctx) => revokeOtherSessions(ctx) as Promise<undefined>),
  handle(r.listSignIns, (ctx, { query }) => listSignIns(ctx, query)),
];
