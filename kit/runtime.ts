import { join } from 'node:path';
import type { Client, EventContract, RouteContract, Routes } from '@gantry/contracts';
import type { FastifyInstance } from 'fastify';
import type { Bus, Stop } from './bus/bus.ts';
import { postgresBus } from './bus/postgres.ts';
import { memoryCache } from './cache/cache.ts';
import { internalFacts, type LocalService, localClient, remoteClient, serviceAgent } from './clients.ts';
import {
  ConfigError,
  type ConfigSpec,
  type Env,
  type PlatformConfig,
  platformConfig,
  readConfig,
} from './config.ts';
import { Context, type RuntimeHooks } from './context.ts';
import { openDatabase } from './db/database.ts';
import { migrate } from './db/migrate.ts';
import { folderFiles } from './files/files.ts';
import { sweepIdempotent } from './http/idempotency.ts';
import { makeListener, portOf } from './http/listener.ts';
import { mountService } from './http/mount.ts';
import { compileRoute } from './http/route.ts';
import { serviceTokens, type TokenVerifier, tokenVerifier } from './http/tokens.ts';
import { compile, fieldsOf } from './http/validate.ts';
import { runJobs } from './jobs.ts';
import { runConsumer } from './log/consumer.ts';
import { logClient, logContract, logHandlers } from './log/log-routes.ts';
import { type Relay, startRelay } from './log/relay.ts';
import { mailOutbox } from './mail/mail.ts';
import type { AnyContext, Service, ServiceDefinition } from './service.ts';
import { type Logger, type Metrics, makeLogger, makeMetrics } from './telemetry.ts';

const DRAIN_MS = 10_000;
const CLOSE_MS = 5_000;
const LEAVE_MS = 100;
const DAY_MS = 24 * 3_600_000;

export interface RuntimeOptions {
  /** Every service of the platform; which run here is the environment's SERVICES. */
  services: readonly ServiceDefinition[];
  env: Env;
  /** Connection with the right to create schemas and roles; also what services and bus connect by. */
  databaseUrl: string;
  secret: string;
  /** Folder for files and the mail outbox. */
  dataDir: string;
  log?: Logger;
  /** Run migrations before starting (default). */
  migrate?: boolean;
  /** Replaces the PostgreSQL bus. */
  bus?: (context: { databaseUrl: string; log: Logger }) => Promise<Bus>;
  /** Longest wait for what was accepted before stop(), in milliseconds; 10 s unless said. */
  drainMs?: number;
  /** Extra facts for the gateway, such as where the web app's files are. */
  webDist?: string;
}

export interface Runtime {
  /** Address of the public listener. */
  url: string;
  internalUrl: string | null;
  services: ReadonlyMap<string, Service>;
  definitions: readonly ServiceDefinition[];
  bus: Bus;
  log: Logger;
  metrics: Metrics;
  /** Drains: refuses new work, finishes what was accepted, publishes what is in the outboxes, then ends. */
  stop(): Promise<void>;
}

/** Reads the configuration of the platform and of these services together. Throws ConfigError with every fault. */
export function readAllConfig(
  definitions: readonly ServiceDefinition[],
  env: Env,
): { platform: PlatformConfig; byService: Map<string, Record<string, unknown>> } {
  const all: ConfigSpec = Object.assign({}, platformConfig, ...definitions.map((d) => d.config));
  const values = readConfig(all, env) as Record<string, unknown>;
  const pick = (spec: ConfigSpec) =>
    Object.fromEntries(Object.keys(spec).map((name) => [name, values[name]]));
  return {
    platform: pick(platformConfig) as PlatformConfig,
    byService: new Map(definitions.map((d) => [d.name, pick(d.config)])),
  };
}

/** The definitions SERVICES names. Throws Error naming unknown ones. */
export function selectServices(all: readonly ServiceDefinition[], names: string): ServiceDefinition[] {
  if (names === 'all') return [...all];
  const wanted = names
    .split(',')
    .map((n) => n.trim())
    .filter(Boolean);
  const unknown = wanted.filter((name) => !all.some((d) => d.name === name));
  if (unknown.length > 0)
    throw new Error(
      `SERVICES names ${unknown.join(', ')}, which ${unknown.length === 1 ? 'is no service' : 'are no services'}. There are: ${all.map((d) => d.name).join(', ')}.`,
    );
  return all.filter((d) => wanted.includes(d.name));
}

/** Starts the chosen services in this process and listens. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const chosen = selectServices(options.services, options.env.SERVICES?.trim() || 'all');
  const { platform, byService } = readAllConfig(chosen, options.env);
  const log = options.log ?? makeLogger(platform.LOG_LEVEL);
  const metrics = makeMetrics();
  const remotes = remotesOf(options.services, chosen, platform, options.env);
  if (options.migrate !== false) {
    const ran = await migrate(
      options.databaseUrl,
      chosen
        .filter((d) => d.migrations || d.pool > 0)
        .map((d) => ({ schema: d.name, folder: d.migrations, log: d.pool > 0 })),
    );
    if (ran.length > 0) log.info({ event: 'migrated', files: ran });
  }
  const bus = await (options.bus ?? ((c) => postgresBus({ url: c.databaseUrl, log: c.log })))({
    databaseUrl: options.databaseUrl,
    log,
  });
  const started = new Starter(options, platform, byService, chosen, remotes, bus, log, metrics);
  try {
    return await started.run();
  } catch (error) {
    await started.abandon();
    throw error;
  }
}

function remotesOf(
  all: readonly ServiceDefinition[],
  chosen: readonly ServiceDefinition[],
  platform: PlatformConfig,
  env: Env,
): Map<string, string> {
  const remotes = new Map<string, string>();
  for (const d of all) {
    if (chosen.includes(d)) continue;
    const name = `${d.name.toUpperCase()}_URL`;
    const url = (platform as Record<string, unknown>)[name] ?? env[name]?.trim();
    if (!url) continue;
    if (typeof url !== 'string' || !URL.canParse(url))
      throw new ConfigError([`${name}=${JSON.stringify(url)} is not an address (URL)`]);
    remotes.set(d.name, url.replace(/\/$/, ''));
  }
  return remotes;
}

/** Holds what start-up has built so far, so that a failure half-way can take it down again. */
class Starter {
  readonly locals = new Map<string, LocalService>();
  readonly relays = new Map<string, Relay>();
  readonly stops: Stop[] = [];
  readonly listeners: FastifyInstance[] = [];
  readonly agent = serviceAgent();
  readonly hooks: RuntimeHooks;
  readonly tokens: TokenVerifier;
  draining = false;
  stopping: Promise<void> | null = null;
  readonly options: RuntimeOptions;
  readonly platform: PlatformConfig;
  readonly byService: Map<string, Record<string, unknown>>;
  readonly chosen: readonly ServiceDefinition[];
  readonly remotes: ReadonlyMap<string, string>;
  readonly bus: Bus;
  readonly log: Logger;
  readonly metrics: Metrics;

  constructor(
    options: RuntimeOptions,
    platform: PlatformConfig,
    byService: Map<string, Record<string, unknown>>,
    chosen: readonly ServiceDefinition[],
    remotes: ReadonlyMap<string, string>,
    bus: Bus,
    log: Logger,
    metrics: Metrics,
  ) {
    this.options = options;
    this.platform = platform;
    this.byService = byService;
    this.chosen = chosen;
    this.remotes = remotes;
    this.bus = bus;
    this.log = log;
    this.metrics = metrics;
    this.hooks = {
      onCommitted: (service) => this.relays.get(service)?.wake(),
      ...(options.env.GANTRY_VALIDATE_EVENTS === '1' ? { validateEvent: eventValidator() } : {}),
    };
    this.tokens = tokenVerifier(async () => {
      const users = options.services.find((d) => d.name === 'users');
      const route = users?.contract.routes.getJwks;
      if (!users || !route) throw new Error('no users service to verify tokens with');
      const client = this.client('gateway', { getJwks: internalJwks(route) } as Routes, 'users');
      return (await (client.getJwks as (i: object) => Promise<unknown>)({})) as never;
    });
  }

  client<R extends Routes>(caller: string, routes: R, callee: string): Client<R> {
    const remote = this.remotes.get(callee);
    if (remote)
      return remoteClient(routes, remote, callee, serviceTokens(this.options.secret, caller), this.agent);
    return localClient(routes, caller, () => this.locals.get(callee), this.hooks);
  }

  makeService(d: ServiceDefinition): Service {
    const { databaseUrl, secret, dataDir } = this.options;
    const own = (this.options.env as Record<string, string | undefined>)[
      `${d.name.toUpperCase()}_DATABASE_URL`
    ];
    const log = this.log.child({ service: d.name });
    const db = openDatabase({
      url: own ?? databaseUrl,
      schema: d.name,
      assumeRole: own === undefined && d.pool > 0,
      max: Math.max(1, d.pool),
      onError: (error) => log.warn({ event: 'database_connection_lost', reason: error.message }),
    });
    const logs = new Map<string, ReturnType<typeof logClient>>();
    const service: Service = {
      name: d.name,
      config: (this.byService.get(d.name) ?? {}) as never,
      platform: this.platform,
      secret,
      db,
      bus: this.bus,
      cache: memoryCache(),
      files: folderFiles(join(dataDir, 'files')),
      mail: mailOutbox(join(dataDir, 'mail')),
      log,
      metrics: this.metrics,
      call: Object.fromEntries(
        Object.entries(d.calls).map(([name, contract]) => [
          name,
          this.client(d.name, contract.routes, contract.name),
        ]),
      ) as Service['call'],
      remotes: this.remotes,
      tokens: this.tokens,
      owners: new Set(this.options.services.filter((s) => s.pool > 0).map((s) => s.name)),
      wakeRelay: () => this.relays.get(d.name)?.wake(),
      systemContext: (facts) => new Context(service, { ...internalFacts(d.name), ...facts }, this.hooks),
      logOf: (owner) => {
        const known = logs.get(owner) ?? logClient(this.client(d.name, logContract(owner).routes, owner));
        logs.set(owner, known);
        return known;
      },
    };
    return service;
  }

  async run(): Promise<Runtime> {
    for (const d of this.chosen) {
      const service = this.makeService(d);
      const handlers = [...d.routes, ...(d.pool > 0 ? logHandlers(d) : [])];
      const jwks = d.routes.find((h) => h.route.id === 'getJwks');
      // Other processes fetch the public keys by the internal door too, so that no gateway is needed to verify.
      if (jwks) handlers.push({ ...jwks, route: internalJwks(jwks.route) });
      this.locals.set(d.name, {
        service,
        routes: new Map(handlers.map((h) => [h.route.id, compileRoute(h)])),
      });
      if (d.pool > 0)
        this.relays.set(
          d.name,
          startRelay({ db: service.db, bus: this.bus, log: service.log, metrics: this.metrics }),
        );
    }
    for (const d of this.chosen) {
      const { service } = this.locals.get(d.name) as LocalService;
      const stop = await d.start?.(service);
      if (stop) this.stops.push(stop);
    }
    await this.listen();
    for (const d of this.chosen) {
      const { service } = this.locals.get(d.name) as LocalService;
      for (const subscriber of d.subscribers ?? []) {
        this.stops.push(
          await runConsumer({
            service,
            subscriber,
            contextFor: (change) =>
              service.systemContext({ requestId: change.request_id, origin: 'system' }) as never,
          }),
        );
      }
      const sweep = {
        name: 'idempotency-sweep',
        everyMs: DAY_MS / 24,
        run: (ctx: AnyContext) => sweepIdempotent(ctx.db),
      };
      if (d.pool > 0) this.stops.push(runJobs(service, [...(d.jobs ?? []), sweep]));
    }
    const [listener, internal] = this.listeners as [FastifyInstance, FastifyInstance | undefined];
    return {
      url: `http://localhost:${portOf(listener)}`,
      internalUrl: internal ? `http://localhost:${portOf(internal)}` : null,
      services: new Map([...this.locals].map(([name, local]) => [name, local.service])),
      definitions: this.chosen,
      bus: this.bus,
      log: this.log,
      metrics: this.metrics,
      stop: () => this.stop(),
    };
  }

  async listen(): Promise<void> {
    const gateway = this.chosen.find((d) => d.name === 'gateway');
    const listener = makeListener({
      log: this.log,
      metrics: this.metrics,
      name: gateway ? 'gateway' : (this.chosen[0]?.name ?? 'gantry'),
      isDraining: () => this.draining,
    });
    this.listeners.push(listener);
    this.addHealth(listener);
    // The gateway first: its authentication and headers apply to everything mounted after it.
    for (const d of gateway ? [gateway, ...this.chosen.filter((c) => c !== gateway)] : this.chosen) {
      await d.plugin?.(listener, (this.locals.get(d.name) as LocalService).service);
    }
    await this.mountAll(listener, { public: true, internal: !gateway });
    await listener.listen({ port: this.platform.PORT, host: this.platform.HOST });
    if (gateway && this.platform.INTERNAL_PORT !== undefined) {
      const internal = makeListener({
        log: this.log,
        metrics: this.metrics,
        name: 'internal',
        isDraining: () => this.draining,
      });
      this.listeners.push(internal);
      this.addHealth(internal);
      await this.mountAll(internal, { public: false, internal: true });
      await internal.listen({ port: this.platform.INTERNAL_PORT, host: this.platform.HOST });
    }
  }

  async mountAll(app: FastifyInstance, doors: { public: boolean; internal: boolean }): Promise<void> {
    for (const { service, routes } of this.locals.values()) {
      await mountService(app, {
        service,
        routes: [...routes.values()],
        hooks: this.hooks,
        tokens: this.tokens,
        ...doors,
      });
    }
  }

  addHealth(app: FastifyInstance): void {
    app.get('/health/live', { config: { route: 'live' } }, async () => ({ status: 'ok' }));
    app.get('/health/ready', { config: { route: 'ready' } }, async (_request, reply) => {
      const troubles: Record<string, string> = {};
      if (this.draining) troubles.process = 'draining';
      const busTrouble = this.bus.trouble();
      await Promise.all(
        [...this.locals.values()].map(async ({ service }) => {
          if (!this.relays.has(service.name)) return;
          await service.db.run({ sql: 'select 1', parameters: [] }).catch((error: Error) => {
            troubles[`${service.name}.database`] = error.message;
          });
        }),
      );
      const ready = Object.keys(troubles).length === 0;
      // A broker that is away is said but does not take us out of service: requests are still answered.
      return reply.code(ready ? 200 : 503).send({
        status: ready ? (busTrouble ? 'degraded' : 'ok') : 'unavailable',
        ...(busTrouble ? { bus: busTrouble } : {}),
        ...(ready ? {} : { troubles }),
      });
    });
    app.get('/metrics', { config: { route: 'metrics' } }, async (request, reply) => {
      const local =
        ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(request.socket.remoteAddress ?? '') &&
        !request.headers['x-forwarded-for'];
      const token = this.platform.METRICS_TOKEN;
      if (!local && !(token && request.headers.authorization === `Bearer ${token}`))
        return reply.callNotFound();
      return reply
        .header('content-type', this.metrics.registry.contentType)
        .send(await this.metrics.registry.metrics());
    });
  }

  stop(): Promise<void> {
    this.stopping ??= this.abandon();
    return this.stopping;
  }

  /** Takes everything down that is up, in the order of dependence. */
  async abandon(): Promise<void> {
    this.draining = true;
    await Promise.allSettled(this.listeners.map((l) => closeListener(l, this.options.drainMs ?? DRAIN_MS)));
    await Promise.allSettled(this.stops.map((stop) => stop()));
    const drainMs = this.options.drainMs ?? DRAIN_MS;
    await Promise.allSettled([...this.relays.values()].map((relay) => relay.stop(drainMs)));
    // A connection that never comes back (a broker that hangs) must not keep the process.
    await within(CLOSE_MS, this.bus.stop());
    await within(CLOSE_MS, ...[...this.locals.values()].map(({ service }) => service.db.close()));
    await this.agent.close().catch(() => {});
    this.log.flush?.();
  }
}

/**
 * Stops listening. First every answer closes its connection for a moment, so that busy clients leave by themselves
 * instead of writing into one that is being closed. Connections that are still busy after `ms` are cut.
 */
async function closeListener(listener: FastifyInstance, ms: number): Promise<void> {
  if (!listener.server.listening) return void (await listener.close());
  const connections = await new Promise<number>((resolve) =>
    listener.server.getConnections((_error, count) => resolve(count ?? 0)),
  );
  if (connections > 0) await new Promise((resolve) => setTimeout(resolve, LEAVE_MS));
  const timer = setTimeout(() => listener.server.closeAllConnections(), ms);
  // A connection whose last answer is on its way becomes idle only afterwards, and nobody would tell the client.
  const sweep = setInterval(() => listener.server.closeIdleConnections(), 50);
  try {
    await listener.close();
  } finally {
    clearTimeout(timer);
    clearInterval(sweep);
  }
}

async function within(ms: number, ...work: Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.allSettled(work), late]);
  clearTimeout(timer);
}

/** The public keys by the internal door: a route beside the public one. */
function internalJwks(route: RouteContract): RouteContract {
  return { ...route, id: 'getInternalJwks', auth: 'service', path: '/internal/users/jwks' };
}

function eventValidator(): (event: EventContract, after: unknown) => void {
  const compiled = new Map<string, ReturnType<typeof compile>>();
  return (event, after) => {
    const key = `${event.name}@${event.v}`;
    const validate = compiled.get(key) ?? compile('body', event.after);
    compiled.set(key, validate);
    const copy: unknown = JSON.parse(JSON.stringify(after ?? {}));
    if (!validate(copy))
      throw new Error(
        `${key} was recorded with a payload its contract does not allow: ${JSON.stringify(fieldsOf('body', validate.errors ?? []))}`,
      );
  };
}
