import { encodeId } from '@gantry/contracts';
import { type Project, projectsRoutes } from '@gantry/contracts/projects';
import { handle } from '../context.ts';
import { projectAccess } from './project-access.ts';

export const accessRoutes = [
  handle(projectsRoutes.getProjectAccess, async (ctx, { params }) => {
    const { project, role, freshForMs } = await projectAccess(ctx, params.project_id, params.user_id);
    return {
      role,
      workspace_id: encodeId('workspace', project.workspace_id),
      key: project.key,
      name: project.name,
      status: project.status as Project['status'],
      visibility: project.visibility as Project['visibility'],
      fresh_for_ms: Math.floor(freshForMs),
    };
  }),
];
