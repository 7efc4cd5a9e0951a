import type { IncomingHttpHeaders } from 'node:http';

/**
 * True if the browser says that this request comes from our own pages. A cookie travels by itself, so a request
 * that changes something and carries one must prove it; tokens are attached on purpose and need not.
 */
export function isSameOrigin(headers: IncomingHttpHeaders, publicOrigin: string | null): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = headers;
  if (origin === undefined || !URL.canParse(origin)) return false;
  return origin === publicOrigin || new URL(origin).host === headers.host;
}
