import type { Id } from '@gantry/contracts';
import { projectCreated } from '@gantry/contracts/projects';
import type { Subscriber } from '@gantry/kit';
import { seedStatuses } from '../statuses/statuses.store.ts';

/** A new project gets its statuses; whoever is faster than this event gets them seeded on the way (statusesOf). */
export const onProjectCreated: Subscriber = {
  consumer: 'on-project-created',
  on: [projectCreated],
  async handle(_ctx, tx, change) {
    if (change.workspace_id !== null)
      await seedStatuses(tx, change.entity_id as Id<'project'>, change.workspace_id);
  },
};
