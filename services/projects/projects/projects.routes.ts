import { projectsRoutes } from '@gantry/contracts/projects';
import { handle } from '../context.ts';
import {
  createProject,
  deleteProject,
  getProject,
  listProjects,
  replaceProject,
  updateProject,
} from './projects.ts';

export const projectRoutes = [
  handle(projectsRoutes.listProjects, (ctx, { query }) => listProjects(ctx, query)),
  handle(projectsRoutes.createProject, (ctx, { body }) => createProject(ctx, body)),
  handle(projectsRoutes.getProject, (ctx, { params }) => getProject(ctx, params.project_id)),
  handle(projectsRoutes.updateProject, (ctx, { params, body }) =>
    updateProject(ctx, params.project_id, body),
  ),
  handle(projectsRoutes.replaceProject, (ctx, { params, body }) =>
    replaceProject(ctx, params.project_id, body),
  ),
  handle(projectsRoutes.deleteProject, (ctx, { params }) => deleteProject(ctx, params.project_id)),
];
