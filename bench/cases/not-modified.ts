import { compare } from '../lib/compare.ts';
import type { BenchCase } from './case.ts';

/** A read whose answer the reader has already, against a bare "hello": the row is still read and the permission checked. */
export const notModified: BenchCase = {
  name: 'not-modified',
  about: '304 answers on reading a task, against bare hello',
  async run(world, pace) {
    const path = `/api/v1/tasks/${world.large.taskIds[0]}`;
    const { headers } = world.browser;
    const answer = await fetch(world.urls.gantry + path, { headers });
    const etag = answer.headers.get('etag');
    if (etag === null) throw new Error('a read without an ETag');
    return compare(world, pace, {
      name: 'not-modified',
      share: null,
      ours: { paths: [path], headers: { ...headers, 'if-none-match': etag }, statuses: [304] },
      ceiling: { paths: ['/hello'] },
    });
  },
};
