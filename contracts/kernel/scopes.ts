import type { Method } from './route.ts';

/** Scope of a session: everything its person may do. A token without scopes may do nothing. */
export const FULL_SCOPE = '*';

/** The scope a call needs unless it runs in a session: of the service that owns the route, to read or to write. */
export function scopeOf(owner: string, method: Method): string {
  return `${owner}:${method === 'GET' ? 'read' : 'write'}`;
}

/** True if these scopes allow that one. Writing includes reading; what is not named is not allowed. */
export function scopesAllow(scopes: readonly string[], wanted: string): boolean {
  if (scopes.includes(FULL_SCOPE) || scopes.includes(wanted)) return true;
  const [owner, verb] = wanted.split(':');
  return verb === 'read' && scopes.includes(`${owner}:write`);
}
