import { streamName } from '@gantry/contracts';
import { projectsContract } from '@gantry/contracts/projects';
import { usersContract } from '@gantry/contracts/users';
import { type Context, defineConfig, handlerFor } from '@gantry/kit';

export const calls = { projects: projectsContract, users: usersContract };
export const config = defineConfig({});
export type Ctx = Context<typeof calls, typeof config>;
export const handle = handlerFor<Ctx>();

/** The stream of everything in a project; takes the project's UUID. */
export const tasksStream = (projectUuid: string) => streamName('tasks', 'project', projectUuid);
