import type { List } from '@gantry/contracts';
import { fail, field } from './errors.ts';

export interface PageInput {
  page?: number | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** Where a page starts. A cursor wins over `page`. Throws `invalid_request` for a cursor that is not ours. */
export function pageOf(query: PageInput): {
  page: number;
  limit: number;
  offset: number;
  cursor: unknown[] | null;
} {
  const limit = query.limit ?? 50;
  const page = query.page ?? 1;
  return {
    page,
    limit,
    offset: query.cursor ? 0 : (page - 1) * limit,
    cursor: query.cursor ? decodeCursor(query.cursor) : null,
  };
}

/** The envelope of a list. */
export function listOf<T>(
  data: T[],
  total: number,
  page: { page: number; limit: number },
  nextCursor?: string | null,
): List<T> {
  return {
    data,
    meta: {
      total,
      page: page.page,
      limit: page.limit,
      ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
    },
  };
}

/** An opaque cursor holding the sort values of the last row of a page. */
export function encodeCursor(values: unknown[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

function decodeCursor(cursor: string): unknown[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(values) &&
      values.every((v) => v === null || ['string', 'number', 'boolean'].includes(typeof v))
    )
      return values;
  } catch {
    // Falls through to the one answer for anything that is not a cursor of ours.
  }
  throw fail('invalid_request', {
    fields: [field('query/cursor', 'cursor', 'Use meta.next_cursor of the page before, as it is.')],
  });
}

/** `-priority,title` as fields with their direction. */
export function parseSort(
  sort: string | undefined,
  fallback: string,
): { field: string; descending: boolean }[] {
  return (sort ?? fallback)
    .split(',')
    .map((part) =>
      part.startsWith('-') ? { field: part.slice(1), descending: true } : { field: part, descending: false },
    );
}
