import { connect } from 'node:net';
import fc, { type Arbitrary } from 'fast-check';

/** Bytes that are nearly HTTP. */
export const nearlyHttp: Arbitrary<Buffer> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'get', 'G\u0000T', 'TRACE', 'CONNECT', 'PRI', ''),
    target: fc.oneof(
      fc.constantFrom(
        '/',
        '*',
        '/api/v1/me',
        'http://evil/',
        '//',
        '/\u0000',
        `/${'a'.repeat(70_000)}`,
        '/api/v1/%',
        '/api/v1/live',
      ),
      fc.string({ maxLength: 40 }),
    ),
    version: fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9.9', 'HTTP', ''),
    headers: fc.array(
      fc.oneof(
        fc.constantFrom(
          'host: x',
          'content-length: 5',
          'content-length: -1',
          'content-length: 99999999999999999999',
          'content-length: 1, 2',
          'transfer-encoding: chunked',
          'transfer-encoding: gzip, chunked',
          'transfer-encoding: x',
          'connection: upgrade',
          'upgrade: websocket',
          'sec-websocket-key: x',
          'sec-websocket-version: 13',
          'content-type: application/json',
          `cookie: ${'a=b;'.repeat(5_000)}`,
          ': no name',
          'no colon',
          ' folded',
          'a\u0001: b',
        ),
        fc.string({ unit: 'binary', maxLength: 30 }),
      ),
      { maxLength: 6 },
    ),
    end: fc.constantFrom('\r\n', '\n', '\r', ''),
    body: fc.oneof(
      fc.constantFrom('', '{}', '5\r\nhello\r\n0\r\n\r\n', 'zz\r\n', '{"title":'),
      fc.string({ maxLength: 30 }),
    ),
  })
  .map(({ method, target, version, headers, end, body }) =>
    Buffer.from(
      `${method} ${target} ${version}${end}${headers.map((h) => h + end).join('')}${end}${body}`,
      'latin1',
    ),
  );

/** What is said to these bytes until the connection closes or is quiet for `ms`. */
export function say(origin: string, bytes: Buffer, ms = 150): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let said = '';
    socket.setTimeout(ms, () => socket.destroy());
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      said += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(said));
    socket.end(bytes);
  });
}
