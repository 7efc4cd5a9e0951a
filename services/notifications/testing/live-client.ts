import { API_BASE, type Change } from '@gantry/contracts';
import { type ClientFrame, LIVE_PATH, type ServerFrame } from '@gantry/contracts/notifications';
import { WebSocket } from 'ws';

type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;

/** A client of the live socket that remembers everything it was told. */
export interface LiveClient {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[];
  send(frame: ClientFrame | Record<string, unknown> | string): void;
  /** The first frame of this type (and stream) not yet waited for. Throws after `ms`. */
  next<T extends ServerFrame['type']>(type: T, stream?: string, ms?: number): Promise<FrameOf<T>>;
  /** Every change of a stream so far, as it came. */
  changes(stream: string): Change[];
  /** Resolves with the closing code. */
  closed: Promise<number>;
  close(): Promise<void>;
}

export async function liveClient(
  baseUrl: string,
  token: string | null,
  headers: Record<string, string> = {},
): Promise<LiveClient> {
  const socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}${API_BASE}${LIVE_PATH}`, {
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
    perMessageDeflate: false,
  });
  const frames: ServerFrame[] = [];
  const taken = new Set<ServerFrame>();
  const waiting = new Set<() => void>();
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)) as ServerFrame);
    for (const look of [...waiting]) look();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  return {
    socket,
    frames,
    closed,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    next(type, stream, ms = 5_000) {
      return new Promise((resolve, reject) => {
        const stop = () => {
          waiting.delete(look);
          clearTimeout(timer);
        };
        const look = () => {
          const found = frames.find(
            (f) =>
              f.type === type &&
              !taken.has(f) &&
              (stream === undefined || (f as { stream?: string }).stream === stream),
          );
          if (!found) return;
          taken.add(found);
          stop();
          resolve(found as FrameOf<typeof type>);
        };
        const timer = setTimeout(() => {
          stop();
          reject(new Error(`no ${type} frame within ${ms} ms; got ${frames.map((f) => f.type).join(', ')}`));
        }, ms);
        waiting.add(look);
        look();
      });
    },
    changes: (stream) =>
      frames.flatMap((f) => (f.type === 'changes' && f.stream === stream ? f.changes : [])),
    async close() {
      socket.close();
      await closed;
    },
  };
}
