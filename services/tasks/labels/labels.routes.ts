import { tasksRoutes } from '@gantry/contracts/tasks';
import { handle } from '../context.ts';
import { createLabel, deleteLabel, listLabels, updateLabel } from './labels.ts';

export const labelRoutes = [
  handle(tasksRoutes.listLabels, (ctx, { params, query }) => listLabels(ctx, params.project_id, query)),
  handle(tasksRoutes.createLabel, (ctx, { params, body }) => createLabel(ctx, params.project_id, body)),
  handle(tasksRoutes.updateLabel, (ctx, { params, body }) =>
    updateLabel(ctx, params.project_id, params.label_id, body),
  ),
  handle(tasksRoutes.deleteLabel, (ctx, { params }) => deleteLabel(ctx, params.project_id, params.label_id)),
];
