import { serve } from './child.ts';
import { watch } from './live-watch.ts';
import { type LoadJob, runLoad } from './load.ts';

/** The process that drives the load and stands for browsers, so that the servers measured have theirs to themselves. */
serve({
  load: async (job: LoadJob) => {
    const before = process.cpuUsage();
    const began = performance.now();
    const report = await runLoad(job);
    const { user, system } = process.cpuUsage(before);
    // Its share of one processor: near 1 would mean that the generator was what was measured.
    return { ...report, generatorCpu: (user + system) / 1000 / (performance.now() - began) };
  },
  watch,
});
