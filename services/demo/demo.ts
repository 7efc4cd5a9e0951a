import type { Runtime } from '@gantry/kit';

/** Adds the demo workspace once. */
export async function addDemo(_runtime: Runtime): Promise<void> {}
