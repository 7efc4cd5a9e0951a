import { type Change, encodeId, type IdKind } from '@gantry/contracts';

/** A row of log_change. */
export interface ChangeRow {
  stream: string;
  seq: number;
  id: string;
  workspace_id: string | null;
  at: string;
  actor: string | null;
  external_actor: Change['external_actor'];
  origin: Change['origin'];
  request_id: string | null;
  mutation_id: string | null;
  batch_id: string | null;
  event: string;
  entity: string;
  entity_id: string;
  root: string;
  root_kind: string;
  version: number;
  op: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  undoes: string | null;
  effective_at: string | null;
  v: number;
}

export const CHANGE_COLUMNS =
  'stream, seq, id, workspace_id, at, actor, external_actor, origin, request_id, mutation_id, batch_id, event, entity, entity_id, root, root_kind, version, op, before, after, undoes, effective_at, v';

/** The change as everybody outside the database reads it. */
export function changeOf(row: ChangeRow): Change {
  const id = (kind: IdKind, uuid: string | null) => (uuid === null ? null : encodeId(kind, uuid));
  return {
    id: encodeId('change', row.id),
    stream: row.stream,
    seq: row.seq,
    workspace_id: id('workspace', row.workspace_id),
    at: row.at,
    actor: id('user', row.actor),
    external_actor: row.external_actor,
    origin: row.origin,
    request_id: row.request_id,
    mutation_id: row.mutation_id,
    batch_id: id('batch', row.batch_id),
    event: row.event,
    entity: row.entity,
    entity_id: encodeId(row.entity as IdKind, row.entity_id),
    root: encodeId(row.root_kind as IdKind, row.root),
    version: row.version,
    op: row.op,
    before: row.before,
    after: row.after,
    undoes: id('change', row.undoes),
    effective_at: row.effective_at,
    v: row.v,
  };
}
