import type { Context } from '@gantry/kit';

/** The users service calls no other service. */
export type Ctx = Context<Record<never, never>>;
