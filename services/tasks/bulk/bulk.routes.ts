import { tasksRoutes } from '@gantry/contracts/tasks';
import { handle } from '../context.ts';
import { bulkUpdateTasks } from './bulk.ts';

export const bulkRoutes = [
  handle(tasksRoutes.bulkUpdateTasks, (ctx, { params, body }) =>
    bulkUpdateTasks(ctx, params.project_id, body),
  ),
];
