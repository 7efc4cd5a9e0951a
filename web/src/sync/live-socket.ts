import type { Change } from '@gantry/contracts';
import type { ClientFrame, Presence, ServerFrame } from '@gantry/contracts/notifications';
import { browserTimers, type Timers } from './outbox.ts';

/** The part of WebSocket the client uses; tests bring their own. */
export interface SocketLike {
  send(text: string): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface StreamHandlers {
  /** Where to go on from; undefined: from the head. Asked at every (re)connection. */
  after(): number | undefined;
  onSubscribed?(seq: number): void;
  onChanges(changes: Change[]): void;
  onRange(from: number, to: number): void;
  onResync(): void;
  onEnded?(reason: 'no_access' | 'signed_out'): void;
  onPresence?(people: Presence[]): void;
}

export type LiveStatus = 'connecting' | 'open' | 'waiting' | 'closed';

export interface LiveSocketOptions {
  open(): SocketLike;
  onStatus?(status: LiveStatus): void;
  /** The session is over; the socket stays closed until retryNow. */
  onSignedOut?(): void;
  timers?: Timers;
  random?: () => number;
}

/** As LIVE_CLOSE.unauthenticated of the contract, which the type import cannot bring along. */
const CLOSED_UNAUTHENTICATED = 4401;
const FIRST_RETRY_MS = 300;
const MAX_RETRY_MS = 15_000;
const PING_MS = 25_000;
const PONG_MS = 10_000;
const HERE_MS = 20_000;

/**
 * One live socket for the whole app. Streams are asked for again after every reconnection, each from where its
 * reader stands, so a reader sees every change once and in order, however often the line breaks.
 */
export class LiveSocket {
  private socket: SocketLike | null = null;
  private open = false;
  private failures = 0;
  private stopped = false;
  private reconnect: unknown = null;
  private beat: unknown = null;
  private deadline: unknown = null;
  private hereTimer: unknown = null;
  private readonly streams = new Map<string, StreamHandlers>();
  /** Streams whose subscription the server has confirmed on this connection. */
  private readonly standing = new Set<string>();
  private readonly places = new Map<string, string | null>();
  private readonly options: LiveSocketOptions;
  private readonly timers: Timers;

  constructor(options: LiveSocketOptions) {
    this.options = options;
    this.timers = options.timers ?? browserTimers;
  }

  /** Follows a stream; the returned function leaves it. */
  subscribe(stream: string, handlers: StreamHandlers): () => void {
    this.streams.set(stream, handlers);
    if (this.open) this.sendSubscribe(stream, handlers);
    else if (!this.socket && this.reconnect === null && !this.stopped) this.connect();
    return () => {
      if (this.streams.get(stream) !== handlers) return;
      this.streams.delete(stream);
      this.standing.delete(stream);
      this.places.delete(stream);
      this.send({ type: 'unsubscribe', stream });
    };
  }

  /** Subscribes again from where the reader stands: after a new snapshot. */
  resubscribe(stream: string): void {
    const handlers = this.streams.get(stream);
    if (handlers) this.sendSubscribe(stream, handlers);
  }

  /** Tells the others on a stream where I am: a task, or null for the board. */
  here(stream: string, at: string | null): void {
    this.places.set(stream, at);
    this.sendHere(stream);
    if (this.hereTimer === null) this.keepHere();
  }

  /** Connects now instead of waiting: the network is back, the page is visible again, somebody signed in. */
  retryNow(): void {
    this.stopped = false;
    if (this.open || (this.socket && this.reconnect === null)) return;
    if (this.reconnect !== null) this.timers.clear(this.reconnect);
    this.reconnect = null;
    if (this.streams.size > 0) this.connect();
  }

  close(): void {
    this.stopped = true;
    this.clearTimers();
    const socket = this.socket;
    this.detach();
    socket?.close(1000);
    this.options.onStatus?.('closed');
  }

  private connect(): void {
    this.options.onStatus?.('connecting');
    let socket: SocketLike;
    try {
      socket = this.options.open();
    } catch {
      this.retryLater();
      return;
    }
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = (event) => this.received(event.data);
    socket.onclose = (event) => this.closed(event.code);
  }

  private opened(): void {
    this.open = true;
    this.options.onStatus?.('open');
    for (const [stream, handlers] of this.streams) this.sendSubscribe(stream, handlers);
    this.schedulePing();
  }

  private closed(code: number): void {
    this.detach();
    this.clearTimers();
    if (code === CLOSED_UNAUTHENTICATED) {
      this.stopped = true;
      this.options.onStatus?.('closed');
      this.options.onSignedOut?.();
      return;
    }
    if (!this.stopped) this.retryLater();
  }

  private retryLater(): void {
    const ceiling = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures++);
    this.options.onStatus?.('waiting');
    this.reconnect = this.timers.set(
      () => {
        this.reconnect = null;
        this.connect();
      },
      ceiling * (0.5 + 0.5 * (this.options.random ?? Math.random)()),
    );
  }

  private received(data: unknown): void {
    if (typeof data !== 'string') return;
    let frame: ServerFrame;
    try {
      frame = JSON.parse(data) as ServerFrame;
    } catch {
      return;
    }
    this.failures = 0;
    this.schedulePing();
    this.dispatch(frame);
  }

  private dispatch(frame: ServerFrame): void {
    if (!('stream' in frame)) return;
    const handlers = this.streams.get(frame.stream);
    if (!handlers) return;
    switch (frame.type) {
      case 'subscribed':
        this.standing.add(frame.stream);
        this.sendHere(frame.stream);
        handlers.onSubscribed?.(frame.seq);
        return;
      case 'changes':
        handlers.onChanges(frame.changes);
        return;
      case 'range':
        handlers.onRange(frame.from, frame.to);
        return;
      case 'resync':
        handlers.onResync();
        return;
      case 'presence':
        handlers.onPresence?.(frame.people);
        return;
      case 'ended':
        handlers.onEnded?.(frame.reason);
        return;
    }
  }

  private sendSubscribe(stream: string, handlers: StreamHandlers): void {
    const after = handlers.after();
    this.send({ type: 'subscribe', stream, ...(after === undefined ? {} : { after }) });
  }

  /** Only where the subscription stands: elsewhere the server would not know us yet. */
  private sendHere(stream: string): void {
    const at = this.places.get(stream);
    if (at !== undefined && this.standing.has(stream)) this.send({ type: 'here', stream, at });
  }

  private send(frame: ClientFrame): void {
    if (this.open && this.socket) this.socket.send(JSON.stringify(frame));
  }

  /** Anything heard proves the line; silence is asked after, and no answer is a dead line. */
  private schedulePing(): void {
    if (this.beat !== null) this.timers.clear(this.beat);
    if (this.deadline !== null) this.timers.clear(this.deadline);
    this.deadline = null;
    this.beat = this.timers.set(() => {
      this.send({ type: 'ping' });
      this.deadline = this.timers.set(() => this.dead(), PONG_MS);
    }, PING_MS);
  }

  private dead(): void {
    const socket = this.socket;
    this.closed(1006);
    socket?.close();
  }

  private keepHere(): void {
    this.hereTimer = this.timers.set(() => {
      for (const stream of this.places.keys()) this.sendHere(stream);
      if (this.places.size > 0) this.keepHere();
      else this.hereTimer = null;
    }, HERE_MS);
  }

  private detach(): void {
    if (this.socket) {
      this.socket.onopen = null;
      this.socket.onmessage = null;
      this.socket.onclose = null;
    }
    this.socket = null;
    this.open = false;
    this.standing.clear();
  }

  private clearTimers(): void {
    for (const handle of [this.reconnect, this.beat, this.deadline]) {
      if (handle !== null) this.timers.clear(handle);
    }
    this.reconnect = this.beat = this.deadline = null;
  }
}
