import { atMost, figure, type Result } from '../lib/results.ts';
import { uuidOf } from '../lib/seed.ts';
import type { BenchCase } from './case.ts';

const BUDGET_MS = 100;
const SOCKETS = 5;

/** From the commit of a change to its arrival at another browser's socket, through relay, bus and access checks. */
export const live: BenchCase = {
  name: 'live',
  about: `commit to another browser's screen; ${SOCKETS} sockets follow every project written to`,
  async run(world, pace) {
    const ms = pace.rounds * pace.roundMs;
    const all = world.small;
    return [
      ...(await measure(
        '10 writes/s in 1 project',
        all.slice(0, 1),
        { rate: 10, connections: 1 },
        BUDGET_MS,
      )),
      ...(await measure('100 writes/s in 32 projects', all, { rate: 100, connections: 8 }, BUDGET_MS)),
      ...(await measure('as many as it takes, 32 conn.', all, { connections: 32 }, null)),
    ];

    async function measure(
      name: string,
      projects: typeof all,
      writes: { rate?: number; connections: number },
      budget: number | null,
    ): Promise<Result[]> {
      await world.settle();
      const watching = world.watch({
        url: world.browser.url,
        cookie: world.browser.cookie,
        streams: projects.map((p) => `tasks/project:${uuidOf('project', p.id)}`),
        sockets: SOCKETS,
        ms: ms + 3_000,
      });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const load = await world.load({
        url: world.urls.gantry,
        method: 'POST',
        paths: projects.map((p) => `/api/v1/projects/${p.id}/tasks`),
        headers: world.browser.headers,
        body: JSON.stringify({ title: 'Seen by others' }),
        statuses: [201],
        ms,
        ...writes,
      });
      const seen = await watching;
      if (seen.problems.length > 0) throw new Error(`a socket was told: ${seen.problems.join('; ')}`);
      if (seen.gaps > 0) throw new Error(`${seen.gaps} gaps in what the sockets saw`);
      const p99 =
        budget === null
          ? figure(`live, ${name}, p99`, seen.p99, 'ms')
          : atMost(`live, ${name}, p99`, seen.p99, 'ms', budget);
      return [
        figure(`live, ${name}, p50`, seen.p50, 'ms'),
        p99,
        figure(`live, ${name}, writes`, load.perSecond, '1/s'),
        figure(`live, ${name}, share of writes seen by all`, seen.seen / SOCKETS / load.requests, ''),
      ];
    }
  },
};
