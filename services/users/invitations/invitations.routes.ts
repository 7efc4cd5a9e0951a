import { usersRoutes as r } from '@gantry/contracts/users';
import { handlerFor } from '@gantry/kit';
import type { Ctx } from '../context.ts';
import { acceptInvitation } from './accept.ts';
import { createInvitation, listInvitations, readInvitation, revokeInvitation } from './invitations.ts';

const handle = handlerFor<Ctx>();

export const invitationRoutes = [
  handle(r.createInvitation, (ctx, { params, body }) => createInvitation(ctx, params.workspace_id, body)),
  handle(r.listInvitations, (ctx, { params, query }) => listInvitations(ctx, params.workspace_id, query)),
  handle(
    r.revokeInvitation,
    (ctx, { params }) =>
      revokeInvitation(ctx, params.workspace_id, params.invitation_id) as Promise<undefined>,
  ),
  handle(r.readInvitation, (ctx, { body }) => readInvitation(ctx, body.token)),
  handle(r.acceptInvitation, (ctx, { body }) => acceptInvitation(ctx, body.token)),
];
