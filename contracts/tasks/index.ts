import { defineContract } from '../kernel/route.ts';
import { tasksRoutes } from './routes.ts';

export * from './bulk.ts';
export * from './entities.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './imports.ts';
export * from './relations.ts';
export * from './routes.ts';
export * from './trash.ts';
export * from './undo.ts';
export * from './watch.ts';

export const tasksContract = defineContract({ name: 'tasks', routes: tasksRoutes });
