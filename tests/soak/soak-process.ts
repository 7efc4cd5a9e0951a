import { createInterface } from 'node:readline';
import { makeLogger } from '@gantry/kit';
import { startGantry } from '../../services/main.ts';

// The whole platform in a process of its own (run with --expose-gc). Says where it is in one line of JSON; answers
// each line it reads with what it holds on to, after a collection.
const gantry = await startGantry({ env: process.env, logger: makeLogger('warn', process.stderr) });
const say = (facts: object) => process.stdout.write(`${JSON.stringify(facts)}\n`);
const counted = () => {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};
say({ url: gantry.url.replace('localhost', '127.0.0.1') });
for await (const _line of createInterface({ input: process.stdin })) {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  say({
    rss,
    heapUsed,
    external,
    resources: counted(),
    pools: Object.fromEntries([...gantry.runtime.services].map(([name, s]) => [name, s.db.stats()])),
  });
}
await gantry.stop();
