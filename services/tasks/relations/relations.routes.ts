import { tasksRoutes } from '@gantry/contracts/tasks';
import { handle } from '../context.ts';
import { addRelation, listRelations, removeRelation } from './relations.ts';

export const relationRoutes = [
  handle(tasksRoutes.listRelations, (ctx, { params }) => listRelations(ctx, params.task_id)),
  handle(tasksRoutes.addRelation, (ctx, { params, body }) => addRelation(ctx, params.task_id, body)),
  handle(tasksRoutes.removeRelation, (ctx, { params }) =>
    removeRelation(ctx, params.task_id, params.relation_id),
  ),
];
