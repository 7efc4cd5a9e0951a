import { tasksRoutes } from '@gantry/contracts/tasks';
import { handle } from '../context.ts';
import { createImport, getImport, listImports } from './imports.ts';

export const importRoutes = [
  handle(tasksRoutes.createImport, (ctx, { params, query }) => createImport(ctx, params.project_id, query)),
  handle(tasksRoutes.listImports, (ctx, { params, query }) => listImports(ctx, params.project_id, query)),
  handle(tasksRoutes.getImport, (ctx, { params }) => getImport(ctx, params.project_id, params.import_id)),
];
