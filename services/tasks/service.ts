import { encodeId, type Id } from '@gantry/contracts';
import { tasksContract } from '@gantry/contracts/tasks';
import { defineService } from '@gantry/kit';
import { projectFacts } from './access/project-access.ts';
import { bulkRoutes } from './bulk/bulk.routes.ts';
import { commentRoutes } from './comments/comments.routes.ts';
import { calls, config } from './context.ts';
import { importJob, importSweepJob, startImports } from './imports/imports.job.ts';
import { importRoutes } from './imports/imports.routes.ts';
import { labelRoutes } from './labels/labels.routes.ts';
import { relationRoutes } from './relations/relations.routes.ts';
import { statusRoutes } from './statuses/statuses.routes.ts';
import { onProjectCreated } from './subscribers/on-project-created.ts';
import { syncRoutes } from './sync/sync.routes.ts';
import { taskRoutes } from './tasks/tasks.routes.ts';
import { undoRoutes } from './undo/undo.routes.ts';
import { watchRoutes } from './watch/watch.routes.ts';

export const tasksService = defineService({
  name: 'tasks',
  contract: tasksContract,
  config,
  migrations: new URL('./migrations/', import.meta.url),
  pool: 8,
  calls,
  routes: [
    ...taskRoutes,
    ...commentRoutes,
    ...statusRoutes,
    ...labelRoutes,
    ...syncRoutes,
    ...importRoutes,
    ...bulkRoutes,
    ...undoRoutes,
    ...relationRoutes,
    ...watchRoutes,
  ],
  subscribers: [onProjectCreated],
  jobs: [importJob, importSweepJob],
  start: startImports,
  streams: {
    async project(ctx, uuid, userId) {
      const { value, freshForMs } = await projectFacts(ctx, encodeId('project', uuid), userId as Id<'user'>);
      return { allowed: value.role !== null, freshForMs };
    },
  },
});
