import { request as httpRequest, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { API_BASE } from '@gantry/contracts';
import { LIVE_PATH } from '@gantry/contracts/notifications';
import { type AppError, asAppError, fail, problemFor, type Service } from '@gantry/kit';
import type { FastifyInstance } from 'fastify';
import type { Doorkeeper } from '../auth/credentials.ts';

const LIVE = API_BASE + LIVE_PATH;

/**
 * Passes the live socket on to the notifications service when that runs elsewhere. Bytes go through as they are,
 * so a slow browser slows the service's own socket, which then decides.
 */
export function proxyLive(app: FastifyInstance, service: Service, doorkeeper: Doorkeeper): void {
  const upstream = service.remotes.get('notifications');
  if (upstream === undefined) return;
  const open = new Set<Duplex>();
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    void pass(request, socket, head, upstream, doorkeeper).catch((error: unknown) => {
      const known = asAppError(error) ?? fail('unavailable');
      refuse(socket, known);
    });
  });
  app.addHook('preClose', (done) => {
    for (const socket of open) socket.destroy();
    done();
  });
}

async function pass(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  upstream: string,
  doorkeeper: Doorkeeper,
): Promise<void> {
  const [path] = (request.url ?? '').split('?');
  if (path !== LIVE) throw fail('not_found');
  await doorkeeper.admit(request);
  // Where it comes from has been judged here, by the address people use.
  const { origin: _, ...given } = request.headers;
  const headers = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const target = new URL(upstream);
  const onward = httpRequest({
    host: target.hostname,
    port: target.port || 80,
    path: request.url,
    headers: { ...headers, host: target.host, connection: 'Upgrade', upgrade: 'websocket' },
    timeout: 10_000,
  });
  onward.on('upgrade', (answer, other, rest) => {
    const lines = rawHeaders(answer);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`);
    if (rest.length > 0) socket.write(rest);
    if (head.length > 0) other.write(head);
    other.on('error', () => socket.destroy());
    other.once('close', () => socket.destroy());
    socket.once('close', () => other.destroy());
    other.setTimeout(0);
    other.pipe(socket).pipe(other);
  });
  onward.on('response', (answer) => {
    socket.write(
      `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${rawHeaders(answer)}connection: close\r\n\r\n`,
    );
    answer.pipe(socket);
  });
  onward.on('timeout', () => onward.destroy(new Error('timeout')));
  onward.on('error', () => {
    if (!socket.destroyed) refuse(socket, fail('unavailable'));
  });
  socket.once('close', () => onward.destroy());
  onward.end();
}

function rawHeaders(message: IncomingMessage): string {
  const { rawHeaders: raw } = message;
  let text = '';
  for (let i = 0; i < raw.length; i += 2) {
    if (!/^transfer-encoding$/i.test(raw[i] as string)) text += `${raw[i]}: ${raw[i + 1]}\r\n`;
  }
  return text;
}

function refuse(socket: Duplex, error: AppError): void {
  const body = JSON.stringify(problemFor(error));
  const { status } = error.spec;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n${status === 503 ? 'retry-after: 2\r\n' : ''}\r\n${body}`,
  );
}
