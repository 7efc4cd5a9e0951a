import { ApiProblem } from '@gantry/contracts';
import { expect } from 'vitest';

/** Waits for a call to be refused with this status (and code); fails if it succeeds or breaks otherwise. Gives the problem. */
export async function expectProblem(
  call: Promise<unknown>,
  status: number,
  code?: string,
): Promise<ApiProblem> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome))
    throw new Error(
      `expected ${status}, but it succeeded with ${JSON.stringify(outcome.value)?.slice(0, 300)}`,
    );
  const { error } = outcome;
  if (!(error instanceof ApiProblem)) throw error;
  expect({ status: error.status, ...(code ? { code: error.code } : {}) }, error.message).toEqual({
    status,
    ...(code ? { code } : {}),
  });
  return error;
}
