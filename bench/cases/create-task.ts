import { compare, memory } from '../lib/compare.ts';
import { type SeedProject, uuidOf } from '../lib/seed.ts';
import type { World } from '../lib/world.ts';
import type { BenchCase } from './case.ts';

const TITLE = 'Measure how long this takes';

/** Creating tasks: row, number, log entry, outbox, durable commit; against a bare transaction that writes the same rows. */
export const createTask: BenchCase = {
  name: 'create-task',
  about: 'create a task, spread over 32 projects and in one hot project',
  async run(world, pace) {
    const spread = await sides(world, world.small, pace, 'create-task, 32 projects', 0.5);
    const hot = await sides(world, world.small.slice(0, 1), pace, 'create-task, 1 hot project', null);
    return [...spread, ...hot, await memory(world, 'create-task')];
  },
};

async function sides(
  world: World,
  projects: SeedProject[],
  pace: Parameters<typeof compare>[1],
  name: string,
  share: number | null,
) {
  const first = projects[0] as SeedProject;
  return compare(world, pace, {
    name,
    share,
    connections: projects.length === 1 ? [32] : [1, 32],
    ours: {
      method: 'POST',
      paths: projects.map((p) => `/api/v1/projects/${p.id}/tasks`),
      headers: world.browser.headers,
      body: JSON.stringify({ title: TITLE }),
      statuses: [201],
    },
    ceiling: {
      method: 'POST',
      paths: projects.map((p) => `/tasks?project_id=${uuidOf('project', p.id)}`),
      body: JSON.stringify({
        title: TITLE,
        workspace_id: uuidOf('workspace', world.workspaceId),
        status_id: uuidOf('status', first.statuses[1]?.id ?? ''),
        user_id: uuidOf('user', world.userId),
      }),
      statuses: [201],
    },
    between: async () => {
      await world.settle();
      await world.db.query('truncate bench.outbox');
    },
  });
}
