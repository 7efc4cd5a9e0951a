import { encodeId } from '@gantry/contracts';
import { SIGN_IN_DAYS, usersContract } from '@gantry/contracts/users';
import { defineService, FRESH_MS } from '@gantry/kit';
import { apiKeyRoutes } from './api-keys/api-keys.routes.ts';
import { startAuth } from './auth/better-auth.ts';
import { rotateKeys } from './auth/jwt-keys.ts';
import { deleteExpiredSessions } from './auth/sessions.store.ts';
import { type Ctx, calls } from './context.ts';
import { credentialRoutes } from './credentials/credentials.routes.ts';
import { deleteOldTokens } from './credentials/credentials.store.ts';
import { deleteOldAttempts } from './credentials/throttle.ts';
import { invitationRoutes } from './invitations/invitations.routes.ts';
import { deleteOldInvitations } from './invitations/invitations.store.ts';
import { mailJob } from './mail/mails.ts';
import { getMembership } from './members/lookups.ts';
import { platformRoutes } from './platform/platform.routes.ts';
import { authRoutes, memberRoutes, profileRoutes, workspaceRoutes } from './routes.ts';
import { sessionRoutes } from './sessions/sessions.routes.ts';
import { deleteOldSignIns } from './sessions/sessions.store.ts';
import { purgeWorkspaces } from './workspaces/workspace-life.ts';

const HOUR_MS = 3_600_000;

/** People, how they prove who they are, and the workspaces they belong to. */
export const usersService = defineService({
  name: 'users',
  contract: usersContract,
  config: {},
  migrations: new URL('./migrations/', import.meta.url),
  pool: 4,
  calls,
  routes: [
    ...authRoutes,
    ...profileRoutes,
    ...workspaceRoutes,
    ...memberRoutes,
    ...invitationRoutes,
    ...apiKeyRoutes,
    ...credentialRoutes,
    ...sessionRoutes,
    ...platformRoutes,
  ],
  streams: {
    user: async (_ctx, uuid, userId) => ({
      allowed: encodeId('user', uuid) === userId,
      freshForMs: FRESH_MS,
    }),
    workspace: async (ctx, uuid, userId) => {
      const { role, fresh_for_ms } = await getMembership(ctx as Ctx, encodeId('workspace', uuid), userId);
      return { allowed: role !== null, freshForMs: fresh_for_ms };
    },
  },
  jobs: [
    { name: 'rotate-keys', everyMs: HOUR_MS, run: async (ctx) => void (await rotateKeys(ctx.service)) },
    {
      name: 'expired-sessions',
      everyMs: HOUR_MS,
      run: async (ctx) => void (await ctx.query(deleteExpiredSessions)),
    },
    {
      name: 'sweep',
      everyMs: HOUR_MS,
      run: async (ctx) => {
        for (const old of [deleteOldInvitations, deleteOldTokens, deleteOldAttempts]) await ctx.query(old);
        await ctx.query(deleteOldSignIns, [SIGN_IN_DAYS]);
      },
    },
    { name: 'purge-workspaces', everyMs: HOUR_MS, run: (ctx) => purgeWorkspaces(ctx as Ctx) },
    mailJob,
  ],
  start: async (service) => {
    const stopAuth = startAuth(service);
    await rotateKeys(service);
    return stopAuth;
  },
});
