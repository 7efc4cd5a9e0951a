import { type Static, Type } from 'typebox';
import { Change } from '../kernel/change.ts';
import { defineContract } from '../kernel/route.ts';
import { Enum, IdOf, Line } from '../kernel/schema.ts';

/** Address of the live socket, below the API base. */
export const LIVE_PATH = '/live';

const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const StreamName = Type.String({ maxLength: 100 });

/** What a client may say on the live socket; 64 KiB a frame at most, 100 streams a socket at most. */
export const ClientFrame = Type.Union([
  Type.Object(
    { type: Type.Literal('subscribe'), stream: StreamName, after: Type.Optional(Seq) },
    { additionalProperties: false },
  ),
  Type.Object({ type: Type.Literal('unsubscribe'), stream: StreamName }, { additionalProperties: false }),
  /** I am here, looking at this (a task, or null for the board). Sent on change and every 20 s. */
  Type.Object(
    {
      type: Type.Literal('here'),
      stream: StreamName,
      at: Type.Union([Line(60), Type.Null()]),
    },
    { additionalProperties: false },
  ),
  Type.Object({ type: Type.Literal('ping') }, { additionalProperties: false }),
]);
export type ClientFrame = Static<typeof ClientFrame>;

export const Presence = Type.Object({
  user_id: IdOf('user'),
  name: Type.String(),
  at: Type.Union([Type.String(), Type.Null()]),
});
export type Presence = Static<typeof Presence>;

/** What the server says on the live socket. */
export const ServerFrame = Type.Union([
  Type.Object({ type: Type.Literal('hello'), user_id: IdOf('user') }),
  /** The subscription stands; `seq` is the head of the stream. Later changes follow in order. */
  Type.Object({ type: Type.Literal('subscribed'), stream: StreamName, seq: Seq }),
  /** Changes of a stream, in order, without a gap after what was sent before. */
  Type.Object({ type: Type.Literal('changes'), stream: StreamName, changes: Type.Array(Change) }),
  /** More than 200 at once: read `from`..`to` by GET …/changes. */
  Type.Object({ type: Type.Literal('range'), stream: StreamName, from: Seq, to: Seq }),
  /** Too far behind, or too slow: take a new snapshot, then subscribe again. */
  Type.Object({ type: Type.Literal('resync'), stream: StreamName }),
  /** Access to this stream has ended, or it does not exist for you. */
  Type.Object({
    type: Type.Literal('ended'),
    stream: StreamName,
    reason: Enum(['no_access', 'signed_out'] as const),
  }),
  Type.Object({ type: Type.Literal('presence'), stream: StreamName, people: Type.Array(Presence) }),
  Type.Object({ type: Type.Literal('problem'), code: Type.String(), detail: Type.String() }),
  Type.Object({ type: Type.Literal('pong') }),
]);
export type ServerFrame = Static<typeof ServerFrame>;

/** Close codes of the live socket. After all but `unauthenticated`, connect again with growing, random pauses. */
export const LIVE_CLOSE = {
  unauthenticated: 4401,
  /** Too slow: more than 1 MB waited on the line for 2 s. Every stream got `resync` before. */
  resync: 4409,
  /** Several frames in a row that are not frames. */
  bad_frame: 4400,
  /** This person has too many sockets open. */
  too_many: 4429,
  going_away: 1001,
  /** Larger than 64 KiB. */
  frame_too_large: 1009,
  /** Whether access still stands cannot be found out at the moment. */
  try_again: 1013,
} as const;

/** Codes of `problem` frames. `stream_limit` and `unknown_stream` refuse one subscription, the others one frame. */
export const LIVE_PROBLEMS = {
  bad_frame: 'This is not a frame of the live socket; see ClientFrame in the contract.',
  unknown_stream: 'There is no such stream.',
  not_subscribed: 'Subscribe to the stream first.',
  stream_limit: 'A socket follows 100 streams at most.',
  socket_limit: 'You have too many live sockets open; close some.',
  too_many_frames: 'Too many frames; send less.',
} as const;

export const notificationsContract = defineContract({ name: 'notifications', routes: {} });
