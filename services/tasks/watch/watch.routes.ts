import { tasksRoutes } from '@gantry/contracts/tasks';
import { handle } from '../context.ts';
import { listWatchers, unwatchTask, watchTask } from './watch.ts';

export const watchRoutes = [
  handle(tasksRoutes.listWatchers, (ctx, { params, query }) => listWatchers(ctx, params.task_id, query)),
  handle(tasksRoutes.watchTask, (ctx, { params }) => watchTask(ctx, params.task_id)),
  handle(tasksRoutes.unwatchTask, (ctx, { params }) => unwatchTask(ctx, params.task_id)),
];
