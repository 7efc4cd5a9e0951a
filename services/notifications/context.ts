import { usersContract } from '@gantry/contracts/users';
import { type Context, defineConfig, type Service } from '@gantry/kit';

export const calls = { users: usersContract };
export const config = defineConfig({});
export type Ctx = Context<typeof calls, typeof config>;
export type NotificationsService = Service<typeof calls, typeof config>;
