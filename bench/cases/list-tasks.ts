import { compare } from '../lib/compare.ts';
import { uuidOf } from '../lib/seed.ts';
import type { BenchCase } from './case.ts';

const WRITES_PER_S = 20;

/** The first 50 of one status among 10,000 tasks, with the exact total, while somebody keeps changing tasks there. */
export const listTasks: BenchCase = {
  name: 'list-tasks',
  about: `list 50 tasks of a 10,000-task project, filtered, with ${WRITES_PER_S} writes/s going on there`,
  async run(world, pace) {
    const { large, browser } = world;
    // Both sides are measured under the same writes, which go through the platform.
    const changing = large.taskIds.slice(-500).map((id) => `/api/v1/tasks/${id}`);
    let over = false;
    const writes = (async () => {
      for (let n = 0; !over; n++) {
        await world.load({
          url: world.urls.gantry,
          method: 'PATCH',
          paths: changing,
          headers: browser.headers,
          body: JSON.stringify({ title: `Changed for the ${n}th time` }),
          connections: 1,
          rate: WRITES_PER_S,
          ms: 1_000,
        });
      }
    })();
    try {
      return await compare(world, pace, {
        name: 'list-tasks',
        ours: {
          paths: [`/api/v1/projects/${large.id}/tasks?status=todo&limit=50`],
          headers: browser.headers,
        },
        ceiling: { paths: [`/list/${uuidOf('project', large.id)}/todo`] },
        share: 0.6,
      });
    } finally {
      over = true;
      await writes;
    }
  },
};
