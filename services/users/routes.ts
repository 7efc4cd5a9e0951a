import { usersRoutes } from '@gantry/contracts/users';
import { handlerFor } from '@gantry/kit';
import { createToken, getSession, signIn, signOut, signUp } from './auth/accounts.ts';
import { exchangeCredential } from './auth/exchange.ts';
import { publicKeys } from './auth/jwt-keys.ts';
import type { Ctx } from './context.ts';
import { findPeople, getMembership, listMemberships } from './members/lookups.ts';
import { addMember, listMembers, removeMember, updateMember } from './members/members.ts';
import { getMe, updateMe } from './profile/profile.ts';
import { deleteWorkspace, restoreWorkspace, transferWorkspace } from './workspaces/workspace-life.ts';
import { createWorkspace, getWorkspace, listWorkspaces, updateWorkspace } from './workspaces/workspaces.ts';

const handle = handlerFor<Ctx>();
const r = usersRoutes;

export const authRoutes = [
  handle(r.signUp, (ctx, { body }) => signUp(ctx, body)),
  handle(r.signIn, (ctx, { body }) => signIn(ctx, body)),
  handle(r.signOut, (ctx) => signOut(ctx) as Promise<undefined>),
  handle(r.getSession, (ctx) => getSession(ctx)),
  handle(r.createToken, (ctx) => createToken(ctx)),
  handle(r.getJwks, async (ctx) => ({ keys: await publicKeys(ctx.service) })),
  handle(r.exchangeCredential, (ctx, { body }) => exchangeCredential(ctx, body)),
];

export const profileRoutes = [
  handle(r.getMe, (ctx) => getMe(ctx, ctx.userId)),
  handle(r.updateMe, (ctx, { body }) => updateMe(ctx, body)),
];

export const workspaceRoutes = [
  handle(r.listWorkspaces, (ctx, { query }) => listWorkspaces(ctx, query)),
  handle(r.createWorkspace, (ctx, { body }) => createWorkspace(ctx, body)),
  handle(r.getWorkspace, (ctx, { params }) => getWorkspace(ctx, params.workspace_id)),
  handle(r.transferWorkspace, (ctx, { params, body }) =>
    transferWorkspace(ctx, params.workspace_id, body.user_id),
  ),
  handle(
    r.deleteWorkspace,
    (ctx, { params }) => deleteWorkspace(ctx, params.workspace_id) as Promise<undefined>,
  ),
  handle(r.restoreWorkspace, (ctx, { params }) => restoreWorkspace(ctx, params.workspace_id)),
  handle(r.updateWorkspace, (ctx, { params, body }) => updateWorkspace(ctx, params.workspace_id, body)),
];

export const memberRoutes = [
  handle(r.listWorkspaceMembers, (ctx, { params, query }) => listMembers(ctx, params.workspace_id, query)),
  handle(r.addWorkspaceMember, (ctx, { params, body }) => addMember(ctx, params.workspace_id, body)),
  handle(r.updateWorkspaceMember, (ctx, { params, body }) =>
    updateMember(ctx, params.workspace_id, params.user_id, body.role),
  ),
  handle(
    r.removeWorkspaceMember,
    (ctx, { params }) => removeMember(ctx, params.workspace_id, params.user_id) as Promise<undefined>,
  ),
  handle(r.getMembership, (ctx, { params }) => getMembership(ctx, params.workspace_id, params.user_id)),
  handle(r.listMemberships, (ctx, { params }) => listMemberships(ctx, params.user_id)),
  handle(r.findPeople, (ctx, { body }) => findPeople(ctx, body)),
];
