import type pg from 'pg';
import { isStalePlan } from '../errors.ts';

/** A second connection is taken when each one at hand has this many queries under way. */
const SHARE = 8;
/** More than this on one connection, and the next have to wait. */
const DEEPEST = 64;
/** An idle connection goes back to the pool after at least this long. */
const LINGER_MS = 20;

interface Lane {
  client: pg.PoolClient;
  underWay: number;
  /** Used since the last look; two looks without use end the lane. */
  used: boolean;
  /** No longer for new queries; given back when the last answer has come. */
  retired: { reason: Error | undefined } | null;
  onError(error: Error): void;
}

export interface Lanes {
  /**
   * Runs one query that stands alone, on a connection it may share with others under way. `send` must send it at
   * once. Throws as the pool does if no connection can be had in time.
   */
  run<T>(send: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** Gives an idle connection back to the pool, if there is one: a transaction waits for it. */
  yieldOne(): void;
  /** Gives every connection back once its answers have come. */
  close(): void;
}

/**
 * Queries that stand alone travel together: those of one turn of the event loop leave in one piece over a few
 * connections of the pool, without waiting for each other's answers. Under load that saves most of the system calls
 * on both sides; a single query goes out as it would without.
 */
export function openLanes(pool: pg.Pool, options: { max: number; waitMs: number }): Lanes {
  const lanes: Lane[] = [];
  const waiting = new Set<(lane: Lane | null, error?: Error) => void>();
  let opening = 0;
  let sweeper: NodeJS.Timeout | null = null;

  function leastBusy(): Lane | undefined {
    let best: Lane | undefined;
    for (const lane of lanes) if (best === undefined || lane.underWay < best.underWay) best = lane;
    return best;
  }

  function open(): void {
    opening++;
    pool.connect().then(
      (client) => {
        opening--;
        const lane: Lane = {
          client,
          underWay: 0,
          used: true,
          retired: null,
          onError: (error) => retire(lane, error),
        };
        // The pool listens to idle connections only; a fault of one in use would end the process.
        client.on('error', lane.onError);
        lanes.push(lane);
        sweeper ??= setTimeout(sweep, LINGER_MS).unref();
        admit();
      },
      (error: Error) => {
        opening--;
        if (lanes.length === 0 && opening === 0) for (const tell of [...waiting]) tell(null, error);
      },
    );
  }

  /** Lets those who wait in, as far as there is room. */
  function admit(): void {
    for (const tell of waiting) {
      const lane = leastBusy();
      if (lane === undefined || lane.underWay >= DEEPEST) return;
      tell(lane);
    }
  }

  function retire(lane: Lane, reason?: Error): void {
    if (lane.retired) return;
    lane.retired = { reason };
    lanes.splice(lanes.indexOf(lane), 1);
    if (lane.underWay === 0) giveBack(lane);
    if (waiting.size > 0 && lanes.length + opening === 0) open();
  }

  function giveBack(lane: Lane): void {
    lane.client.release(lane.retired?.reason);
    // Only now: a fault may still be told of while the connection is being given back.
    lane.client.off('error', lane.onError);
  }

  function sweep(): void {
    sweeper = null;
    for (const lane of [...lanes]) {
      if (lane.underWay === 0 && !lane.used) retire(lane);
      else lane.used = false;
    }
    if (lanes.length > 0) sweeper = setTimeout(sweep, LINGER_MS).unref();
  }

  async function on<T>(lane: Lane, send: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    lane.underWay++;
    lane.used = true;
    corkTurn(lane.client);
    try {
      return await send(lane.client);
    } catch (error) {
      // What this connection has prepared is out of date; those after us get a new one.
      if (isStalePlan(error)) retire(lane, error as Error);
      throw error;
    } finally {
      lane.underWay--;
      if (lane.retired && lane.underWay === 0) giveBack(lane);
      else if (waiting.size > 0) admit();
    }
  }

  function wait<T>(send: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const tell = (lane: Lane | null, error?: Error) => {
        waiting.delete(tell);
        clearTimeout(timer);
        if (lane) resolve(on(lane, send));
        else reject(error);
      };
      const late = () => tell(null, new Error('timeout exceeded when trying to connect'));
      const timer = setTimeout(late, options.waitMs);
      waiting.add(tell);
    });
  }

  return {
    run(send) {
      const lane = leastBusy();
      const isBusy = lane === undefined || lane.underWay >= SHARE;
      if (isBusy && lanes.length + opening < options.max) open();
      if (lane !== undefined && lane.underWay < DEEPEST) return on(lane, send);
      return wait(send);
    },
    yieldOne() {
      const idle = lanes.find((lane) => lane.underWay === 0);
      if (idle) retire(idle);
    },
    close() {
      if (sweeper) clearTimeout(sweeper);
      for (const lane of [...lanes]) retire(lane);
    },
  };
}

/** What is sent on this connection in this turn of the event loop leaves in one piece at its end. */
export function corkTurn(client: pg.ClientBase): void {
  const { stream } = (
    client as unknown as {
      connection: { stream: { writableCorked: number; cork(): void; uncork(): void } };
    }
  ).connection;
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
