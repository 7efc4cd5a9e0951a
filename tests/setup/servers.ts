import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Available = {
  url: string;
  /** Pid of the server's leading process when it was started here, for tests that kill it. */
  pid?: number;
  /** Ends what was started here; does nothing to a server that was running already. Safe to call twice. */
  stop(): Promise<void>;
};

/** Why there is no such server here: the text for `test.skip`. */
export type Unavailable = { skipped: string };

const START_TIMEOUT_MS = 60_000;

/**
 * A Redis for tests: REDIS_URL (or CACHE_URL), else the one on port 6379, else the installed one, started on a free
 * port without persistence. Never throws for its absence: says why there is none.
 */
export async function ensureRedis(): Promise<Available | Unavailable> {
  const given = process.env.REDIS_URL || process.env.CACHE_URL;
  if (given) return running(given);
  if (await answers(6379, 'PING\r\n')) return running('redis://127.0.0.1:6379');
  const program = ['/usr/bin/redis-server', '/usr/bin/valkey-server', '/usr/local/bin/redis-server'].find(
    existsSync,
  );
  if (program === undefined) return { skipped: 'Redis is not installed (npm run services:install)' };
  const folder = await temporaryFolder('redis');
  const port = await freePort();
  const flags = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  return started({
    name: 'Redis',
    folder,
    child: spawn(program, flags, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] }),
    url: `redis://127.0.0.1:${port}`,
    isReady: () => answers(port, 'PING\r\n'),
  });
}

/**
 * A RabbitMQ for tests: BUS_URL when it is an amqp address, else the one on port 5672, else the installed one,
 * started on free ports with a folder, a node name and a port mapper of its own (about 5 s). Never throws for its
 * absence: says why there is none.
 */
export async function ensureRabbit(): Promise<Available | Unavailable> {
  const given = process.env.BUS_URL;
  if (given?.startsWith('amqp')) return running(given);
  if (await answers(5672, AMQP_GREETING)) return running('amqp://guest:guest@127.0.0.1:5672');
  // Not the wrapper in /usr/sbin, which changes the user and forgets the environment on the way.
  const program = ['/usr/lib/rabbitmq/bin/rabbitmq-server', '/opt/homebrew/sbin/rabbitmq-server'].find(
    existsSync,
  );
  if (program === undefined) return { skipped: 'RabbitMQ is not installed (npm run services:install)' };
  const folder = await temporaryFolder('rabbit');
  const [port, distribution, mapper] = [await freePort(), await freePort(), await freePort()];
  await writeFile(join(folder, 'enabled_plugins'), '[].\n');
  await writeFile(join(folder, 'rabbitmq.conf'), 'log.console = false\nloopback_users = none\n');
  const env = {
    ...process.env,
    HOME: folder, // for its cookie
    RABBITMQ_NODENAME: `gantry-test-${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    // Erlang's port mapper stays behind when its nodes end; one of our own can be ended with them.
    ERL_EPMD_PORT: String(mapper),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
  return started({
    name: 'RabbitMQ',
    folder,
    child: spawn(program, [], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] }),
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    isReady: () => answers(port, AMQP_GREETING),
    afterwards: () => void spawnSync('epmd', ['-port', String(mapper), '-kill'], { env }),
  });
}

const AMQP_GREETING = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);

function running(url: string): Available {
  return { url, stop: async () => {} };
}

async function started(server: {
  name: string;
  folder: string;
  child: ChildProcess;
  url: string;
  isReady(): Promise<boolean>;
  afterwards?(): void;
}): Promise<Available | Unavailable> {
  const { child, name, folder, url } = server;
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-2_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  let ended = false;
  const end = new Promise<void>((done) => {
    child.once('error', () => done());
    child.once('exit', () => done());
  }).then(() => {
    ended = true;
  });
  const killGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal); // the server and whatever it started
    } catch {
      // gone already
    }
  };
  const onExit = (): void => {
    killGroup('SIGKILL');
    server.afterwards?.();
  };
  process.on('exit', onExit);
  const stop = async (): Promise<void> => {
    killGroup('SIGTERM');
    await Promise.race([end, new Promise((done) => setTimeout(done, 15_000).unref())]);
    process.off('exit', onExit);
    onExit();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };

  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!ended && Date.now() < deadline) {
    if (await server.isReady()) return { url, ...(child.pid !== undefined && { pid: child.pid }), stop };
    await new Promise((done) => setTimeout(done, 50));
  }
  await stop();
  return { skipped: `${name} is installed but did not start: ${output.trim().slice(-500)}` };
}

async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `gantry-test-${name}-`));
  await chmod(folder, 0o755);
  return folder;
}

/** True when something on that port of this machine answers the greeting at all. */
function answers(port: number, greeting: string | Buffer): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (answered: boolean): void => {
      socket.destroy();
      done(answered);
    };
    socket.setTimeout(1_000, () => finish(false));
    socket.once('connect', () => socket.write(greeting));
    socket.once('data', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((done, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      server.close(() => done(port));
    });
  });
}
