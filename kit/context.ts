import type { Readable } from 'node:stream';
import type { Id, Origin, ServiceContract } from '@gantry/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ConfigOf, ConfigSpec } from './config.ts';
import type { Compiled, Database, Statement } from './db/database.ts';
import { fail } from './errors.ts';
import { saveIdempotent } from './http/idempotency.ts';
import { inTransaction, type Transaction } from './log/transaction.ts';
import type { Calls, ClientsOf, Service } from './service.ts';
import type { Logger } from './telemetry.ts';

/** A verified person behind a request. */
export interface Principal {
  userId: Id<'user'>;
  sessionId: string;
  /** Role on the platform. */
  role: 'admin' | 'user';
  name: string;
  /** What the credential may be used for; `*` for a session. */
  scopes: readonly string[];
}

export interface ContextFacts {
  principal: Principal | null;
  /** Name of the calling service on internal routes. */
  caller: string | null;
  requestId: string | null;
  origin: Origin;
  mutationId: string | null;
  ifMatch: string | null;
  idempotency: { key: string; route: string; bodyHash: string } | null;
  request: FastifyRequest | null;
  reply: FastifyReply | null;
}

export interface RuntimeHooks {
  onCommitted(service: string): void;
  validateEvent?: Parameters<typeof inTransaction>[1]['validateEvent'];
}

/**
 * What a use case works with: who asks, the database, other services, and the ports.
 * One is made per request, job run or handled change.
 */
export class Context<C extends Calls = Record<string, ServiceContract>, S extends ConfigSpec = ConfigSpec> {
  readonly service: Service<C, S>;
  readonly principal: Principal | null;
  readonly requestId: string | null;
  readonly origin: Origin;
  readonly facts: ContextFacts;
  inTransaction = false;
  /** What the last `write` returned; a write route has to answer exactly this. */
  written: unknown = undefined;
  #hooks: RuntimeHooks;
  #answered = false;

  constructor(service: Service<C, S>, facts: ContextFacts, hooks: RuntimeHooks) {
    this.service = service;
    this.facts = facts;
    this.principal = facts.principal;
    this.requestId = facts.requestId;
    this.origin = facts.origin;
    this.#hooks = hooks;
  }

  get config(): ConfigOf<S> {
    return this.service.config;
  }
  get log(): Logger {
    return this.service.log;
  }
  /** Throws inside a write: a second connection there can leave none for anybody. */
  get db(): Database {
    if (this.inTransaction) throw new Error('a query beside the transaction: use tx inside a write');
    return this.service.db;
  }
  get files() {
    return this.service.files;
  }
  get cache() {
    return this.service.cache;
  }
  get mail() {
    return this.service.mail;
  }

  /** The signed-in person's id. Throws `unauthenticated` if there is none. */
  get userId(): Id<'user'> {
    if (this.principal === null) throw fail('unauthenticated');
    return this.principal.userId;
  }

  /** The body of a route with `raw.body: 'stream'`. Throws if the route has none. */
  get rawBody(): Readable {
    const body = this.facts.request?.body;
    if (!body || typeof (body as Readable).pipe !== 'function')
      throw fail('invalid_request', { detail: 'Send a body.' });
    return body as Readable;
  }

  /** Typed clients of the services this one calls. A call inside a transaction throws: nothing waits for a network there. */
  get call(): ClientsOf<C> {
    if (this.inTransaction)
      throw new Error('a call to another service inside a transaction: make it before the write');
    return this.service.call;
  }

  query<Row>(statement: Statement<Row>, params: readonly unknown[] = []): Promise<Row[]> {
    return this.db.query(statement, params);
  }

  run<Row = Record<string, unknown>>(query: Compiled): Promise<Row[]> {
    return this.db.run<Row>(query);
  }

  /**
   * One transaction with its log entries (see inTransaction). On a write with an Idempotency-Key the result is
   * stored with the effect, so it must be what the route answers; a second such write throws.
   */
  async write<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { idempotency } = this.facts;
    if (idempotency && this.#answered)
      throw new Error('a second write under one Idempotency-Key: do what comes before with ctx.prepare');
    const result = await this.#transaction(
      work,
      idempotency ? (tx, r) => saveIdempotent(tx, this.principal?.userId ?? '', idempotency, r) : undefined,
    );
    this.#answered = true;
    this.written = result;
    return result;
  }

  /**
   * A transaction of its own before the write that a route answers, such as seeding or moving in chunks. It must
   * do no harm when it is repeated: an Idempotency-Key does not cover it.
   */
  prepare<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#transaction(work, undefined);
  }

  async #transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    beforeCommit: ((tx: Transaction, result: unknown) => Promise<void>) | undefined,
  ): Promise<T> {
    if (this.inTransaction) throw new Error('write inside a write: pass tx on instead');
    this.inTransaction = true;
    try {
      return await inTransaction(
        this.service.db,
        {
          service: this.service.name,
          facts: {
            actor: this.principal?.userId ?? null,
            origin: this.origin,
            requestId: this.requestId,
            mutationId: this.facts.mutationId,
          },
          ...(beforeCommit ? { beforeCommit } : {}),
          onCommitted: () => this.#hooks.onCommitted(this.service.name),
          onEffectFault: (error) =>
            this.log.error({ event: 'effect_failed', request_id: this.requestId, reason: String(error) }),
          validateEvent: this.#hooks.validateEvent,
        },
        work,
      );
    } finally {
      this.inTransaction = false;
    }
  }

  /** Throws `precondition_failed` if the caller sent If-Match and the entity is at another version. */
  checkVersion(version: number): void {
    const { ifMatch } = this.facts;
    if (ifMatch === null || ifMatch === '*') return;
    const wanted = ifMatch
      .split(',')
      .map((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', '').split('.')[0]);
    if (!wanted.includes(`v${version}`)) throw fail('precondition_failed');
  }
}
