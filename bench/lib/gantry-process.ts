import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { type Gantry, startGantry } from '../../services/main.ts';
import { serve } from './child.ts';

/** The whole platform in a process of its own, as `npm start` runs it. */
let gantry: Gantry | undefined;
let profiler: Session | undefined;

serve(
  {
    start: async () => {
      gantry = await startGantry({ env: process.env });
      return gantry.url;
    },
    usage: () => ({ rss: process.memoryUsage().rss, cpu: process.cpuUsage() }),
    profile: async () => {
      profiler = new Session();
      profiler.connect();
      await profiler.post('Profiler.enable');
      await profiler.post('Profiler.setSamplingInterval', { interval: 500 });
      await profiler.post('Profiler.start');
    },
    endProfile: async (file: string) => {
      if (!profiler) return;
      const { profile } = await profiler.post('Profiler.stop');
      profiler.disconnect();
      await writeFile(file, JSON.stringify(profile));
    },
  },
  async () => gantry?.stop(),
);
