import type { Pace } from '../lib/compare.ts';
import type { Result } from '../lib/results.ts';
import type { World } from '../lib/world.ts';

/** One bench. */
export interface BenchCase {
  name: string;
  /** What it measures, in a line. */
  about: string;
  /** Only with --long. */
  long?: boolean;
  run(world: World, pace: Pace, say: (line: string) => void): Promise<Result[]>;
}
