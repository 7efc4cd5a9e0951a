import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { BenchCase } from './cases/case.ts';
import { createTask } from './cases/create-task.ts';
import { footprint } from './cases/footprint.ts';
import { growth } from './cases/growth.ts';
import { importBoard } from './cases/import-board.ts';
import { listTasks } from './cases/list-tasks.ts';
import { live } from './cases/live.ts';
import { notModified } from './cases/not-modified.ts';
import { readTask } from './cases/read-task.ts';
import type { Pace } from './lib/compare.ts';
import { type Result, tableOf } from './lib/results.ts';
import { openWorld } from './lib/world.ts';

const cases: readonly BenchCase[] = [
  readTask,
  listTasks,
  createTask,
  notModified,
  live,
  importBoard,
  footprint,
  growth,
];

const help = `npm run bench [-- OPTIONS]     measures the budgets of docs/benchmarks.md on a database of its own

  --only NAME[,NAME]  ${cases.map((c) => c.name).join(', ')}
  --quick             short rounds: figures to look at, not to quote
  --long              adds what takes minutes: ${cases
    .filter((c) => c.long)
    .map((c) => c.name)
    .join(', ')}
  --json FILE         writes the figures there: [{name, value, unit, ceiling, ratio, budget, ok}]
  --profile FOLDER    writes a CPU profile of the platform per bench there (slows it by a few percent)
`;

const NORMAL: Pace = { rounds: 5, roundMs: 3_000, warmMs: 2_000 };
const QUICK: Pace = { rounds: 3, roundMs: 1_000, warmMs: 1_000 };

const say = (line: string) => void process.stdout.write(`${line}\n`);
const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    json: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (options.help) say(help);
else process.exitCode = await main();

/** 0 also when a budget is missed: that is said in the table. 1 when a bench could not be measured. */
async function main(): Promise<number> {
  const chosen = choose();
  if (chosen === null) return 2;
  say(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0]?.toFixed(1)} before we began`,
  );
  if (options.profile) await mkdir(options.profile, { recursive: true });
  const world = await openWorld(say);
  const all: Result[] = [];
  let broken = 0;
  const interrupt = () => void world.close().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  try {
    for (const bench of chosen) {
      say(`\n── ${bench.name}: ${bench.about}`);
      try {
        if (options.profile) await world.gantry.call('profile');
        const results = await bench.run(world, options.quick ? QUICK : NORMAL, say);
        if (options.profile)
          await world.gantry.call('endProfile', `${options.profile}/${bench.name}.cpuprofile`);
        all.push(...results);
        say(tableOf(results));
      } catch (error) {
        broken++;
        say(`BROKEN ${bench.name}: ${(error as Error).stack}`);
      }
    }
    say(`\nThe load process used ${Math.round(world.generatorCpu() * 100)}% of one processor at most.`);
  } finally {
    await world.close();
  }
  const missed = all.filter((r) => r.ok === false);
  say(`${all.filter((r) => r.ok).length} budgets kept, ${missed.length} missed, ${broken} benches broken`);
  for (const r of missed) say(`  missed: ${r.name} (${r.budget})`);
  if (options.json) await writeFile(options.json, `${JSON.stringify(all, null, 2)}\n`);
  return broken > 0 ? 1 : 0;
}

function choose(): BenchCase[] | null {
  const names = options.only?.split(',').map((name) => name.trim());
  const unknown = names?.filter((name) => !cases.some((c) => c.name === name)) ?? [];
  if (unknown.length > 0) {
    process.stderr.write(`There is no bench called ${unknown.join(', ')}.\n\n${help}`);
    return null;
  }
  return cases.filter((c) => (names ? names.includes(c.name) : options.long || !c.long));
}
