import { compare, memory } from '../lib/compare.ts';
import { uuidOf } from '../lib/seed.ts';
import type { BenchCase } from './case.ts';

/** One task by its id: session cookie, permission, filtered answer with ETag; against one row by the same query. */
export const readTask: BenchCase = {
  name: 'read-task',
  about: 'read one task, signed in, permission checked',
  async run(world, pace) {
    const ids = world.large.taskIds.filter((_, i) => i % 10 === 0);
    const results = await compare(world, pace, {
      name: 'read-task',
      ours: { paths: ids.map((id) => `/api/v1/tasks/${id}`), headers: world.browser.headers },
      ceiling: { paths: ids.map((id) => `/tasks/${uuidOf('task', id)}`) },
      share: 0.6,
    });
    return [...results, await memory(world, 'read-task')];
  },
};
