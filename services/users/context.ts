import { projectsContract } from '@gantry/contracts/projects';
import type { Context } from '@gantry/kit';

/** Projects are asked only when somebody is invited straight into one. */
export const calls = { projects: projectsContract };
export type Ctx = Context<typeof calls>;
