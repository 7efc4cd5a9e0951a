import { expect } from 'vitest';

/** As expect.poll, with more patience than a busy machine needs. */
export const soon = <T>(look: () => T | Promise<T>, timeout = 5_000) => expect.poll(look, { timeout });
