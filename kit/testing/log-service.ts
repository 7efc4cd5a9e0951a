import type { Change } from '@gantry/contracts';
import type { Database } from '../db/database.ts';
import type { Service } from '../service.ts';
import { makeLogger, makeMetrics } from '../telemetry.ts';

const log = makeLogger('silent');
const metrics = makeMetrics();

/** Changes of some streams in the order of their seqs: the log of an owner that is not there. */
export type OwnerLog = Map<string, Change[]>;

/** As much of a service as a consumer needs, reading gaps from `owner`. */
export function consumingService(db: Database, owner: OwnerLog): Service {
  const service: Partial<Service> = {
    name: db.schema,
    db,
    log,
    metrics,
    wakeRelay() {},
    logOf: () => ({
      async read(stream, after, limit = 500) {
        const changes = owner.get(stream) ?? [];
        const data = changes.filter((c) => c.seq > after).slice(0, limit);
        return { data, meta: { stream, head: changes.length, resync: false } };
      },
      async streams(after) {
        const names = [...owner.keys()].sort().filter((name) => after === null || name > after);
        return names.slice(0, 3).map((stream) => ({ stream, seq: owner.get(stream)?.length ?? 0 }));
      },
      access: async (_user, streams) => ({ allowed: streams.map(() => true), freshForMs: 0 }),
      heads: async (streams) => streams.map((stream) => owner.get(stream)?.length ?? 0),
      followers: async (pairs) => pairs.map(() => ({ allowed: true, freshForMs: 0 })),
    }),
  };
  return service as Service;
}
