import { encodeId, type Id } from '@gantry/contracts';
import { projectsContract } from '@gantry/contracts/projects';
import { defineService } from '@gantry/kit';
import { accessRoutes } from './access/access.routes.ts';
import { projectAccess } from './access/project-access.ts';
import { membershipOf } from './access/workspace-access.ts';
import { type Ctx, calls, config } from './context.ts';
import { memberRoutes } from './members/members.routes.ts';
import { projectRoutes } from './projects/projects.routes.ts';
import { onInvitationAccepted } from './subscribers/on-invitation-accepted.ts';
import { onWorkspaceMemberDeleted } from './subscribers/on-workspace-member-deleted.ts';

export const projectsService = defineService({
  name: 'projects',
  contract: projectsContract,
  config,
  migrations: new URL('./migrations/', import.meta.url),
  pool: 3,
  calls,
  routes: [...projectRoutes, ...memberRoutes, ...accessRoutes],
  subscribers: [onWorkspaceMemberDeleted, onInvitationAccepted],
  streams: {
    async project(ctx, uuid, userId) {
      const { role, freshForMs } = await projectAccess(
        ctx as unknown as Ctx,
        encodeId('project', uuid),
        userId as Id<'user'>,
      );
      return { allowed: role !== null, freshForMs };
    },
    async workspace(ctx, uuid, userId) {
      const { role, freshForMs } = await membershipOf(
        ctx as unknown as Ctx,
        encodeId('workspace', uuid),
        userId as Id<'user'>,
      );
      return { allowed: role !== null, freshForMs };
    },
  },
});
