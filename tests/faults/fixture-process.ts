import { defineContract, type Id } from '@gantry/contracts';
import { type Bus, defineService, makeLogger, postgresBus, startRuntime } from '@gantry/kit';
import { noteCreated, notesService, testIdentity } from '@gantry/kit/testing';

// A process of its own for the fault tests: the notes service and another one that keeps an effect for each of its
// changes. Says where it is and how to sign in, in one line of JSON. SIGUSR2 makes it kill itself in the middle of
// something (FAULT_POINT), soon after.
const { DATABASE_URL = '', GANTRY_DATA = '', PORT = '0', USER_ID = '' } = process.env;
const { FAULT_POINT = '' } = process.env;

/** How often the point may still be passed; endless until armed. */
let passes = Number.POSITIVE_INFINITY;
process.on('SIGUSR2', () => {
  passes = Math.floor(Math.random() * 8);
});
function faultPoint(name: string): void {
  if (name === FAULT_POINT && passes-- <= 0) process.kill(process.pid, 'SIGKILL');
}

async function faultyBus(url: string): Promise<Bus> {
  const bus = await postgresBus({ url, log });
  return {
    ...bus,
    async publish(changes) {
      const half = Math.ceil(changes.length / 2);
      await bus.publish(changes.slice(0, half));
      faultPoint('half published');
      await bus.publish(changes.slice(half));
      faultPoint('published, not forgotten');
    },
  };
}

const mirror = defineService({
  name: 'mirror',
  contract: defineContract({ name: 'mirror', routes: {} }),
  config: {},
  migrations: new URL('./migrations/', import.meta.url),
  pool: 3,
  calls: {},
  routes: [],
  subscribers: [
    {
      consumer: 'effects',
      on: [noteCreated],
      async handle(_ctx, tx, change) {
        await tx.run({
          sql: 'insert into effect (stream, seq, title) values ($1, $2, $3)',
          parameters: [change.stream, change.seq, change.after?.title],
        });
        faultPoint('effect not committed');
      },
    },
  ],
});

const log = makeLogger(process.env.LOG_LEVEL ?? 'fatal', process.stderr);
const identity = await testIdentity();
const runtime = await startRuntime({
  services: [identity.users, notesService(), mirror],
  databaseUrl: DATABASE_URL,
  secret: 'for fault tests only',
  dataDir: GANTRY_DATA,
  log,
  env: { PORT, HOST: '127.0.0.1' },
  bus: ({ databaseUrl }) => faultyBus(databaseUrl),
});
const token = await identity.token(USER_ID as Id<'user'>, { exp: Math.floor(Date.now() / 1000) + 86_400 });
process.stdout.write(`${JSON.stringify({ url: runtime.url.replace('localhost', '127.0.0.1'), token })}\n`);
process.on('SIGTERM', () => void runtime.stop().then(() => process.exit(0)));
