import type { Id } from '@gantry/contracts';
import type { ProjectFacts } from '../access/project-access.ts';

/** One undo while it runs. */
export interface Undoing {
  facts: ProjectFacts;
  projectUuid: string;
  batchId: Id<'batch'>;
  /** Tasks this undo took back from the trash. */
  restored: Set<string>;
}
