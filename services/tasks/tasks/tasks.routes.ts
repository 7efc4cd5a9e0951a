import { tasksRoutes } from '@gantry/contracts/tasks';
import { handle } from '../context.ts';
import { listTasks } from './list-tasks.ts';
import { listTrash } from './list-trash.ts';
import {
  createTask,
  deleteTask,
  getTask,
  getTaskHistory,
  replaceTask,
  restoreTask,
  updateTask,
} from './tasks.ts';

export const taskRoutes = [
  handle(tasksRoutes.listTasks, (ctx, { params, query }) => listTasks(ctx, params.project_id, query)),
  handle(tasksRoutes.listTrash, (ctx, { params, query }) => listTrash(ctx, params.project_id, query)),
  handle(tasksRoutes.createTask, (ctx, { params, body }) => createTask(ctx, params.project_id, body)),
  handle(tasksRoutes.getTask, (ctx, { params }) => getTask(ctx, params.task_id)),
  handle(tasksRoutes.updateTask, (ctx, { params, body }) => updateTask(ctx, params.task_id, body)),
  handle(tasksRoutes.replaceTask, (ctx, { params, body }) => replaceTask(ctx, params.task_id, body)),
  handle(tasksRoutes.deleteTask, (ctx, { params }) => deleteTask(ctx, params.task_id)),
  handle(tasksRoutes.restoreTask, (ctx, { params }) => restoreTask(ctx, params.task_id)),
  handle(tasksRoutes.getTaskHistory, (ctx, { params, query }) => getTaskHistory(ctx, params.task_id, query)),
];
