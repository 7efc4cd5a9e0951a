import { tasksRoutes } from '@gantry/contracts/tasks';
import { handle } from '../context.ts';
import { undo } from './undo.ts';

export const undoRoutes = [
  handle(tasksRoutes.undo, (ctx, { params, body }) => undo(ctx, params.project_id, body)),
];
