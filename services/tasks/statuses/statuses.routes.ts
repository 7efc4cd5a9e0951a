import { tasksRoutes } from '@gantry/contracts/tasks';
import { handle } from '../context.ts';
import { createStatus, deleteStatus, listStatuses, updateStatus } from './statuses.ts';

export const statusRoutes = [
  handle(tasksRoutes.listStatuses, (ctx, { params, query }) => listStatuses(ctx, params.project_id, query)),
  handle(tasksRoutes.createStatus, (ctx, { params, body }) => createStatus(ctx, params.project_id, body)),
  handle(tasksRoutes.updateStatus, (ctx, { params, body }) =>
    updateStatus(ctx, params.project_id, params.status_id, body),
  ),
  handle(tasksRoutes.deleteStatus, (ctx, { params, query }) =>
    deleteStatus(ctx, params.project_id, params.status_id, query.move_to),
  ),
];
