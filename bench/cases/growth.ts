import { atMost, figure, type Result } from '../lib/results.ts';
import { seedTasks } from '../lib/seed.ts';
import type { World } from '../lib/world.ts';
import type { BenchCase } from './case.ts';

const PROJECTS = 99;
const FACTOR = 1.5;

/** The reads again when there are a hundred times as many tasks: 100 projects of 10,000. */
export const growth: BenchCase = {
  name: 'growth',
  about: '10,000 to 1,000,000 tasks: p50 of the reads',
  long: true,
  async run(world, pace, say) {
    const ms = pace.rounds * pace.roundMs;
    const before = await reads(world, ms);
    const { workspaceId, userId } = world;
    const count = world.large.taskIds.length;
    for (let n = 1; n <= PROJECTS; n++) {
      const project = await world.newProject(`Grown ${n}`);
      await seedTasks(world.db, project, { workspaceId, userId }, count);
      if (n % 20 === 0) say(`${n * count} tasks more…`);
    }
    await world.settle();
    await world.db.query('vacuum analyze');
    await world.db.query('checkpoint');
    const after = await reads(world, ms);
    return (['read-task', 'list-tasks'] as const).flatMap((name): Result[] => [
      figure(`growth, ${name}, p50 among 10,000`, before[name], 'ms'),
      figure(`growth, ${name}, p50 among 1,000,000`, after[name], 'ms'),
      atMost(`growth, ${name}, factor`, after[name] / before[name], '×', FACTOR),
    ]);
  },
};

async function reads(world: World, ms: number): Promise<Record<'read-task' | 'list-tasks', number>> {
  const measure = async (paths: string[]) => {
    const job = { url: world.urls.gantry, paths, headers: world.browser.headers, connections: 1 };
    await world.load({ ...job, ms: 1_000 });
    return (await world.load({ ...job, ms })).p50;
  };
  const { id, taskIds } = world.large;
  return {
    'read-task': await measure(taskIds.map((task) => `/api/v1/tasks/${task}`)),
    'list-tasks': await measure([`/api/v1/projects/${id}/tasks?status=todo&limit=50`]),
  };
}
