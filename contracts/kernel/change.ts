import { type Static, type TSchema, Type } from 'typebox';
import type { IdKind } from './ids.ts';
import { IdOf, Instant, Nullable } from './schema.ts';

export const ORIGINS = ['web', 'api', 'import', 'automation', 'agent', 'system'] as const;
export type Origin = (typeof ORIGINS)[number];

/** Who did it in the tool it was imported from: a name kept as text, never an account here. */
export const ExternalActor = Type.Object({
  source: Type.String(),
  id: Type.Optional(Type.String()),
  name: Type.String(),
});
export type ExternalActor = Static<typeof ExternalActor>;

/**
 * One entry of the log, as everybody reads it. `after` holds the changed fields in the form the API returns
 * them, so a reader merges it into what it has; `before` holds their earlier values.
 */
export const Change = Type.Object({
  id: IdOf('change'),
  stream: Type.String({ description: '`<service>/<noun>:<uuid>`; the unit of order and of permission.' }),
  seq: Type.Integer({ description: 'Gap-free within its stream, from 1.' }),
  workspace_id: Nullable(IdOf('workspace')),
  at: Instant,
  actor: Nullable(IdOf('user')),
  external_actor: Nullable(ExternalActor),
  origin: Type.Unsafe<Origin>({ type: 'string', enum: [...ORIGINS] }),
  request_id: Nullable(Type.String()),
  mutation_id: Nullable(Type.String({ description: "The client's own id of the write, echoed." })),
  batch_id: Nullable(IdOf('batch')),
  event: Type.String({ description: 'The declared event name, such as `task.updated`.' }),
  entity: Type.String(),
  entity_id: Type.String(),
  root: Type.String({ description: 'The task, project or product whose history this is.' }),
  version: Type.Integer({ description: 'Version of the entity after this change.' }),
  op: Type.String(),
  before: Nullable(Type.Record(Type.String(), Type.Unknown())),
  after: Nullable(Type.Record(Type.String(), Type.Unknown())),
  undoes: Nullable(IdOf('change')),
  effective_at: Nullable(Instant),
  v: Type.Integer({ description: 'Version of the payload.' }),
});
export type Change = Static<typeof Change>;

/** An event of the log, declared once by its owner. */
export interface EventContract {
  /** Past tense, dotted: `task.comment.created`. */
  name: string;
  /** The service that may record it. */
  owner: string;
  /** Kind of the entity; also says how its id is written. */
  entity: IdKind;
  op: string;
  /** Payload version. Fields may be added; anything else is a new version beside the old. */
  v: number;
  /** Schema of `after`; every property optional for updates. */
  after: TSchema;
}

export function defineEvent<const E extends EventContract>(event: E): E {
  return event;
}

/** Name of a stream: `tasks/project:<uuid>`. */
export function streamName(service: string, noun: string, uuid: string): string {
  return `${service}/${noun}:${uuid}`;
}

/** The parts of a stream's name, or null if it is not one. */
export function parseStream(stream: string): { service: string; noun: string; uuid: string } | null {
  const m = /^([a-z_]+)\/([a-z_]+):([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/.exec(
    stream,
  );
  return m ? { service: m[1] as string, noun: m[2] as string, uuid: m[3] as string } : null;
}

/** Page of a stream. `resync`: more than 5,000 behind (or ahead of the log): take a new snapshot. */
export const ChangePage = Type.Object({
  data: Type.Array(Change),
  meta: Type.Object({ stream: Type.String(), head: Type.Integer(), resync: Type.Boolean() }),
});
export type ChangePage = Static<typeof ChangePage>;

/** Further behind than this, a reader takes a snapshot instead. */
export const RESYNC_BEHIND = 5_000;
/** More changes at once than this travel as one range frame. */
export const RANGE_FRAME_ABOVE = 200;
