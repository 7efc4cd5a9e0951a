import type { LoadJob } from './load.ts';
import { against, type Result } from './results.ts';
import { median } from './stats.ts';
import type { CostReport, World } from './world.ts';

/** How long and how often things are measured. */
export interface Pace {
  rounds: number;
  roundMs: number;
  warmMs: number;
}

type Request = Omit<LoadJob, 'url' | 'connections' | 'ms'>;

export interface Comparison {
  name: string;
  ours: Request;
  ceiling: Request;
  /** Share of the ceiling that must be reached. */
  share: number | null;
  connections?: readonly number[];
  /** Before each stretch of either side, such as emptying what the one before left. */
  between?: () => Promise<void>;
}

/**
 * Measures ours and its ceiling in turns (A B, B A, …), so that whatever else the machine does meets both. The
 * ratio is the median of the ratios of neighbours; the other figures are medians too.
 */
export async function compare(world: World, pace: Pace, what: Comparison): Promise<Result[]> {
  const results: Result[] = [];
  const { between = async () => {} } = what;
  for (const connections of what.connections ?? [1, 32]) {
    const run = async (side: 'ours' | 'ceiling', ms: number) => {
      await between();
      return world.loadAt(side === 'ours' ? 'gantry' : 'ceiling', { ...what[side], connections, ms });
    };
    await run('ours', pace.warmMs);
    await run('ceiling', pace.warmMs);
    const rounds: { ours: CostReport; ceiling: CostReport }[] = [];
    for (let round = 0; round < pace.rounds; round++) {
      if (round % 2 === 0) {
        const ceiling = await run('ceiling', pace.roundMs);
        rounds.push({ ceiling, ours: await run('ours', pace.roundMs) });
      } else {
        const ours = await run('ours', pace.roundMs);
        rounds.push({ ours, ceiling: await run('ceiling', pace.roundMs) });
      }
    }
    const measured = (of: (report: CostReport) => number) => ({
      value: median(rounds.map((r) => of(r.ours))),
      ceiling: median(rounds.map((r) => of(r.ceiling))),
      ratio: median(rounds.map((r) => of(r.ours) / of(r.ceiling))),
    });
    const label = `${what.name}, ${connections} conn.`;
    const add = (
      name: string,
      unit: string,
      of: (report: CostReport) => number,
      share: number | null = null,
    ) => results.push(against(label + name, measured(of), unit, share));
    add('', 'req/s', (r) => r.perSecond, what.share);
    add(', p50', 'ms', (r) => r.p50);
    add(', p99', 'ms', (r) => r.p99);
    // Says more than req/s on a machine with other things to do.
    add(', processor a request in Node', 'µs', (r) => r.serverCpu);
    add(', processor a request in PostgreSQL', 'µs', (r) => r.postgresCpu);
  }
  return results;
}

/** Resident memory of both servers, in MB. */
export async function memory(world: World, name: string): Promise<Result> {
  const [ours, bare] = await Promise.all([world.usage('gantry'), world.usage('ceiling')]);
  const [value, ceiling] = [ours.rss / 1e6, bare.rss / 1e6];
  return against(`${name}, memory afterwards`, { value, ceiling, ratio: value / ceiling }, 'MB');
}
