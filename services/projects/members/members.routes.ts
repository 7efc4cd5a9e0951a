import { projectsRoutes } from '@gantry/contracts/projects';
import { handle } from '../context.ts';
import {
  addProjectMember,
  listAssignable,
  listProjectMembers,
  removeProjectMember,
  updateProjectMember,
} from './members.ts';

export const memberRoutes = [
  handle(projectsRoutes.listProjectMembers, (ctx, { params, query }) =>
    listProjectMembers(ctx, params.project_id, query),
  ),
  handle(projectsRoutes.addProjectMember, (ctx, { params, body }) =>
    addProjectMember(ctx, params.project_id, body),
  ),
  handle(projectsRoutes.updateProjectMember, (ctx, { params, body }) =>
    updateProjectMember(ctx, params.project_id, params.user_id, body.role),
  ),
  handle(projectsRoutes.removeProjectMember, (ctx, { params }) =>
    removeProjectMember(ctx, params.project_id, params.user_id),
  ),
  handle(projectsRoutes.listAssignable, (ctx, { params }) => listAssignable(ctx, params.project_id)),
];
