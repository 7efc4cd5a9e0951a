import { Agent } from 'node:http';
import type { RouteContract } from '@gantry/contracts';
import { projectsContract } from '@gantry/contracts/projects';
import { tasksContract } from '@gantry/contracts/tasks';
import { usersContract } from '@gantry/contracts/users';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestGantry, type TestGantry } from '../setup/gantry.ts';
import { faultOf, sendTo } from './answers.ts';
import { nearlyHttp, say } from './raw.ts';
import { type FuzzRequest, requestOf } from './requests.ts';
import { aWorld, type World } from './world.ts';

const IS_LONG = process.env.GANTRY_TEST_LONG === '1';
const REQUESTS = Number(process.env.GANTRY_FUZZ_REQUESTS ?? (IS_LONG ? 100_000 : 3_000));
const RAW = IS_LONG ? 3_000 : 150;
const AT_ONCE = 8;
const BATCH = 200;
/** On a machine that is busy with other things the short form does what it can in this time. */
const LONGEST_MS = IS_LONG ? 50 * 60_000 : 60_000;
const SEED = Number(process.env.GANTRY_FUZZ_SEED ?? Date.now() % 2 ** 31);

const routes: RouteContract[] = [usersContract, projectsContract, tasksContract].flatMap((contract) =>
  Object.values(contract.routes as Record<string, RouteContract>).filter((route) => route.auth !== 'service'),
);

let gantry: TestGantry;
let world: World;
const rejections: unknown[] = [];
const onRejection = (reason: unknown) => void rejections.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', onRejection);
  gantry = await startTestGantry({ logLevel: process.env.GANTRY_FUZZ_LOG ?? 'silent' });
  // The first account is the platform's admin and stays out of this: it could close the sign-ups.
  await gantry.signUp();
  world = await aWorld(gantry);
}, 120_000);
afterAll(async () => {
  await gantry?.stop();
  process.off('unhandledRejection', onRejection);
});

/** A request as somebody can repeat it. */
function shown({ method, path, headers, body }: FuzzRequest): string {
  const { cookie: _cookie, authorization: _authorization, ...rest } = headers;
  return `${method} ${path.slice(0, 300)} ${JSON.stringify(rest)} ${body?.toString().slice(0, 400) ?? ''}`;
}

it(
  `answers ${REQUESTS} requests from the contracts' schemas, good and bad, without a fault of its own`,
  async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    const faults = new Map<string, { times: number; example: string }>();
    const statuses = new Map<number, number>();
    const succeeded = new Set<string>();
    const one = async (fuzz: FuzzRequest) => {
      let fault: string | null;
      try {
        const answer = await sendTo(gantry.url, agent, fuzz);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        if (answer.status < 300) {
          world.learn(answer.text);
          if (fuzz.method === fuzz.route.method) succeeded.add(fuzz.route.id);
        }
        fault = faultOf(fuzz, answer);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        // Refusing a body that is too large or never ends, a server may close before the client is done sending.
        fault = code === 'EPIPE' || code === 'ECONNRESET' ? null : `no answer: ${code ?? message}`;
      }
      if (fault === null) return;
      const name = `${fuzz.route.id}: ${fault}`;
      const known = faults.get(name);
      if (known) known.times++;
      else faults.set(name, { times: 1, example: shown(fuzz) });
    };
    const deadline = Date.now() + LONGEST_MS;
    let sent = 0;
    for (; sent < REQUESTS && Date.now() < deadline; sent += BATCH) {
      await world.refresh();
      const any = fc
        .nat(routes.length - 1)
        .chain((n) => requestOf(routes[n] as RouteContract, world.ids, world.credentials));
      const queue = fc.sample(any, { numRuns: BATCH, seed: SEED + sent });
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let next = queue.pop(); next; next = queue.pop()) await one(next);
        }),
      );
    }
    agent.destroy();
    const never = routes.map((route) => route.id).filter((id) => !succeeded.has(id));
    process.stdout.write(
      `\nfuzz: seed ${SEED}, ${sent} requests to ${routes.length} routes; ${[...statuses]
        .sort()
        .map(([status, n]) => `${status}: ${n}`)
        .join(', ')}\n` + `  routes that never succeeded: ${never.join(', ') || 'none'}\n`,
    );
    expect(Object.fromEntries(faults), `seed ${SEED}`).toEqual({});
    // A fuzz that is refused everywhere tests the door only.
    expect(succeeded.size).toBeGreaterThan(routes.length / 2);
    expect(sent).toBeGreaterThanOrEqual(600);
  },
  IS_LONG ? 3_000_000 : 150_000,
);

it(`answers ${RAW} connections that are nearly HTTP with problems or silence, and lives`, async () => {
  const faults: string[] = [];
  const queue = fc.sample(nearlyHttp, { numRuns: RAW, seed: SEED });
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = queue.pop(); next; next = queue.pop()) {
        const said = await say(gantry.url, next);
        for (const [head, status] of said.matchAll(/HTTP\/1\.1 (\d{3}) [\s\S]*?\r\n\r\n/g)) {
          // What is not below the API is the web app's, page not found included.
          const isProblem = /content-type: (application\/problem\+json|text\/html)/i.test(head);
          const isSwitch = status === '426' || status === '100' || status === '101';
          if (Number(status) >= 500 || (Number(status) >= 400 && !isProblem && !isSwitch))
            faults.push(
              `${status} to ${JSON.stringify(next.toString('latin1').slice(0, 300))}: ${head.slice(0, 200)}`,
            );
        }
      }
    }),
  );
  expect(faults, `seed ${SEED}`).toEqual([]);
  expect((await fetch(`${gantry.url}/health/ready`)).status).toBe(200);
});

it('leaves no rejection unhandled', () => {
  expect(rejections).toEqual([]);
});
