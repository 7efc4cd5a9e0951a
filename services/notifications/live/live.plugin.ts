import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { API_BASE } from '@gantry/contracts';
import { LIVE_CLOSE, LIVE_PATH } from '@gantry/contracts/notifications';
import { type FastifyReply, type FastifyRequest, fail, type Principal } from '@gantry/kit';
import type { FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import type { NotificationsService } from '../context.ts';
import { type Live, openLive } from './live.ts';

const PATH = API_BASE + LIVE_PATH;
const MAX_FRAME = 64 * 1024;

/** What a request to upgrade brings beside its headers. */
interface Upgrade {
  socket: Duplex;
  head: Buffer;
  response: ServerResponse;
}

/**
 * Mounts the live socket. A request to upgrade goes through the app's hooks like any other (the gateway's
 * authentication is one) and only then becomes a socket; nothing is added to the way of ordinary requests.
 */
export async function mountLive(app: FastifyInstance, service: NotificationsService): Promise<void> {
  const live = await openLive(service);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    clientTracking: false,
  });
  const upgrades = new WeakMap<IncomingMessage, Upgrade>();
  // Other addresses answer as they always do, whatever they are asked to upgrade to.
  Object.assign(app.server, {
    shouldUpgradeCallback: (request: IncomingMessage) =>
      request.headers.upgrade?.toLowerCase() === 'websocket' && request.url?.split('?')[0] === PATH,
  });
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.assignSocket(socket as never);
    response.once('finish', () => socket.end());
    upgrades.set(request, { socket, head, response });
    app.routing(request, response);
  });
  app.get(PATH, { config: { service: service.name, route: 'live' } }, async (request, reply) => {
    const upgrade = upgrades.get(request.raw);
    if (!upgrade) throw fail('invalid_request', { detail: 'Open a WebSocket at this address.' });
    if (!isOurPage(request, service.platform.PUBLIC_URL))
      throw fail('forbidden', { detail: 'This page may not open a live socket here.' });
    const person = await personBehind(request, service);
    const socket = await takeOver(sockets, request, reply, upgrade);
    if (person === 'nobody') socket.close(LIVE_CLOSE.unauthenticated, 'sign in first');
    else if (person === 'unknown') socket.close(LIVE_CLOSE.try_again, 'try again');
    else live.accept(socket, person.principal, person.token);
  });
  app.addHook('preClose', () => live.stop());
}

/** Browsers send cookies along with sockets that any page opens, so the page has to be ours. */
function isOurPage(request: FastifyRequest, publicUrl: string | undefined): boolean {
  const { origin, host } = request.headers;
  // Only programs leave it out, and nobody makes those send somebody else's cookie.
  if (request.headers['x-gantry-origin'] !== 'web' || origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  const forwarded = request.headers['x-forwarded-host'];
  if (page.host === host || (typeof forwarded === 'string' && page.host === forwarded)) return true;
  return publicUrl !== undefined && page.origin === new URL(publicUrl).origin;
}

/** A browser cannot read the status of a refused upgrade, so refusals are closing codes of an open socket. */
async function personBehind(
  request: FastifyRequest,
  service: NotificationsService,
): Promise<{ principal: Principal; token: string } | 'nobody' | 'unknown'> {
  const { authorization } = request.headers;
  if (!authorization?.startsWith('Bearer ')) return 'nobody';
  const token = authorization.slice('Bearer '.length);
  try {
    return { principal: await service.tokens.verify(token), token };
  } catch (error) {
    return (error as { code?: string }).code === 'unauthenticated' ? 'nobody' : 'unknown';
  }
}

function takeOver(
  sockets: WebSocketServer,
  request: FastifyRequest,
  reply: FastifyReply,
  { socket, head, response }: Upgrade,
): Promise<WebSocket> {
  reply.hijack();
  response.detachSocket(socket as never);
  // Never settles for a malformed handshake, which the library itself answers and ends.
  return new Promise((resolve) => sockets.handleUpgrade(request.raw, socket, head, resolve));
}

export type { Live };
