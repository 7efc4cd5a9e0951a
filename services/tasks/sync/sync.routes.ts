import { tasksRoutes } from '@gantry/contracts/tasks';
import { handle } from '../context.ts';
import { getChanges, getSnapshot } from './sync.ts';

export const syncRoutes = [
  handle(tasksRoutes.getSnapshot, (ctx, { params }) => getSnapshot(ctx, params.project_id)),
  handle(tasksRoutes.getChanges, (ctx, { params, query }) => getChanges(ctx, params.project_id, query)),
];
