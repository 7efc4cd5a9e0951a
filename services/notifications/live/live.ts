import { parseStream, scopesAllow } from '@gantry/contracts';
import { type ClientFrame, LIVE_CLOSE } from '@gantry/contracts/notifications';
import type { Principal } from '@gantry/kit';
import type { WebSocket } from 'ws';
import type { NotificationsService } from '../context.ts';
import { openPresence, type Presences } from '../presence/presence.ts';
import { type Follower, makeFollower } from './follower.ts';
import type { Fact } from './fresh-watch.ts';
import { type LiveFeeds, openLiveFeeds } from './live-feeds.ts';
import { type LiveLine, makeLiveLine } from './live-line.ts';
import { type AccessWatch, type SessionWatch, watchAccess, watchSessions } from './live-watches.ts';

const MAX_STREAMS = 100;
const MAX_SOCKETS_PER_USER = 50;
const BEAT_MS = 25_000;
/** Access that cannot be found out for this long ends the socket; until then it only falls silent. */
const UNKNOWN_MS = 10_000;
/** Goodbyes that nobody answers are not waited for any longer when stopping. */
const DRAIN_MS = 3_000;

interface Subscription {
  follower: Follower;
  access: Fact;
}

interface Client {
  id: number;
  principal: Principal;
  line: LiveLine;
  session: Fact;
  subscriptions: Map<string, Subscription>;
  openedAt: number;
}

export interface Live {
  /** Takes over a socket whose person is verified. */
  accept(socket: WebSocket, principal: Principal, token: string): void;
  /** Tells every client to connect elsewhere and waits until they have gone. */
  stop(): Promise<void>;
}

/** The live sockets of one process. */
export async function openLive(service: NotificationsService): Promise<Live> {
  const clients = new Set<Client>();
  const perUser = new Map<string, number>();
  const followers = new Map<string, Set<Follower>>();
  let nextId = 1;
  let stopping = false;
  let drained: (() => void) | null = null;

  const feeds: LiveFeeds = await openLiveFeeds(service, (feed) => {
    for (const follower of followers.get(feed.stream) ?? []) follower.advance();
  });
  const sessions: SessionWatch = watchSessions(service);
  const access: AccessWatch = watchAccess(service);
  const presence: Presences = openPresence(service, {
    listeners: () => [...followers.keys()],
    tell(stream, text) {
      for (const follower of followers.get(stream) ?? []) follower.tell(text);
    },
  });

  function accept(socket: WebSocket, principal: Principal, token: string): void {
    const line = makeLiveLine(socket, {
      frame: (frame) => received(client, frame),
      room: () => advanceAll(client),
      slow() {
        for (const stream of client.subscriptions.keys()) line.send({ type: 'resync', stream });
      },
      closed: (code) => closed(client, code),
    });
    const client: Client = {
      id: nextId++,
      principal,
      line,
      session: sessions.hold(
        { userId: principal.userId, sessionId: principal.sessionId, token },
        {
          onHolds: () => advanceAll(client),
          onEnded: () => signedOut(client),
          onLost: () => line.close(LIVE_CLOSE.try_again, 'try again'),
        },
      ),
      subscriptions: new Map(),
      openedAt: performance.now(),
    };
    clients.add(client);
    service.metrics.sockets.inc();
    const count = (perUser.get(principal.userId) ?? 0) + 1;
    perUser.set(principal.userId, count);
    if (stopping) line.close(LIVE_CLOSE.going_away, 'going away');
    else if (count > MAX_SOCKETS_PER_USER) {
      line.problem('socket_limit');
      line.close(LIVE_CLOSE.too_many, 'too many sockets');
    } else line.send({ type: 'hello', user_id: principal.userId });
  }

  function received(client: Client, frame: ClientFrame): void {
    switch (frame.type) {
      case 'ping':
        client.line.send({ type: 'pong' });
        break;
      case 'subscribe':
        subscribe(client, frame.stream, frame.after);
        break;
      case 'unsubscribe':
        unsubscribe(client, frame.stream);
        break;
      case 'here':
        if (client.subscriptions.get(frame.stream)?.follower.isOpen())
          presence.here(client.id, frame.stream, client.principal, frame.at);
        else client.line.problem('not_subscribed');
    }
  }

  function subscribe(client: Client, stream: string, after: number | undefined): void {
    const { line } = client;
    const owner = parseStream(stream)?.service;
    if (owner === undefined) line.problem('unknown_stream');
    // Where nobody owns such streams there is nothing to see, said as everywhere else.
    else if (!service.owners.has(owner)) line.send({ type: 'ended', stream, reason: 'no_access' });
    // A key hears only what it could read.
    else if (!scopesAllow(client.principal.scopes, `${owner}:read`))
      line.send({ type: 'ended', stream, reason: 'no_access' });
    else if (client.subscriptions.size >= MAX_STREAMS && !client.subscriptions.has(stream))
      line.problem('stream_limit');
    else follow(client, stream, after);
  }

  function follow(client: Client, stream: string, after: number | undefined): void {
    const { line, session, principal } = client;
    const before = client.subscriptions.get(stream);
    const fact = access.hold(
      { userId: principal.userId, stream },
      { onHolds: () => follower.advance(), onEnded: () => noAccess(client, stream) },
    );
    const follower = makeFollower({
      stream,
      feed: feeds.open(stream),
      after,
      line,
      facts: [session, fact],
      refresh: feeds.refresh,
      onOpen: () => presence.greet(stream, (text) => line.sendText(text)),
      onResync: () => forget(client, stream, subscription),
    });
    const subscription = { follower, access: fact };
    client.subscriptions.set(stream, subscription);
    const others = followers.get(stream);
    if (others) others.add(follower);
    else followers.set(stream, new Set([follower]));
    // The new place is taken before the old one is given up, so that the feed and the access stay warm.
    if (before) giveUp(before);
    follower.advance();
  }

  function unsubscribe(client: Client, stream: string): void {
    presence.left(client.id, stream);
    forget(client, stream);
  }

  function forget(client: Client, stream: string, which = client.subscriptions.get(stream)): void {
    if (!which || client.subscriptions.get(stream) !== which) return;
    client.subscriptions.delete(stream);
    giveUp(which);
  }

  function giveUp({ follower, access: fact }: Subscription): void {
    follower.stop();
    fact.release();
    const others = followers.get(follower.stream);
    others?.delete(follower);
    if (others?.size === 0) {
      followers.delete(follower.stream);
      feeds.close(follower.feed);
    }
  }

  function noAccess(client: Client, stream: string): void {
    unsubscribe(client, stream);
    client.line.send({ type: 'ended', stream, reason: 'no_access' });
  }

  function signedOut(client: Client): void {
    for (const stream of [...client.subscriptions.keys()]) {
      unsubscribe(client, stream);
      client.line.send({ type: 'ended', stream, reason: 'signed_out' });
    }
    client.line.close(LIVE_CLOSE.unauthenticated, 'signed out');
  }

  function advanceAll(client: Client): void {
    for (const { follower } of client.subscriptions.values()) follower.advance();
  }

  function closed(client: Client, code: number): void {
    presence.gone(client.id);
    for (const stream of [...client.subscriptions.keys()]) forget(client, stream);
    client.session.release();
    clients.delete(client);
    service.metrics.sockets.dec();
    const { userId } = client.principal;
    const left = (perUser.get(userId) ?? 1) - 1;
    if (left > 0) perUser.set(userId, left);
    else perUser.delete(userId);
    service.log.info({
      event: 'live_closed',
      user: userId,
      code,
      ms: Math.round(performance.now() - client.openedAt),
    });
    if (clients.size === 0) drained?.();
  }

  /** A socket that nobody can vouch for is closed, rather than kept in silence for ever. */
  function closeUnknown(): void {
    for (const client of clients) {
      const facts = [client.session, ...[...client.subscriptions.values()].map((s) => s.access)];
      if (facts.some((fact) => fact.unknownFor() > UNKNOWN_MS))
        client.line.close(LIVE_CLOSE.try_again, 'try again');
    }
  }

  const timers = [
    setInterval(() => {
      for (const client of clients) client.line.beat();
    }, BEAT_MS),
    setInterval(closeUnknown, 1_000),
  ];
  for (const timer of timers) timer.unref();

  return {
    accept,
    async stop() {
      stopping = true;
      if (clients.size > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        drained = resolve;
        const limit = setTimeout(resolve, DRAIN_MS);
        for (const client of clients) client.line.close(LIVE_CLOSE.going_away, 'going away');
        await promise;
        clearTimeout(limit);
        for (const client of clients) client.line.cut();
      }
      for (const timer of timers) clearInterval(timer);
      sessions.stop();
      access.stop();
      await presence.stop();
      await feeds.stop();
    },
  };
}
