import { finished, PassThrough, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { FilePort } from '@gantry/kit';

/**
 * Stores an upload. Where it is refused half-way the request stays intact, so that the sender can read why; what it
 * still sends is read and dropped.
 */
export async function storeUpload(
  files: FilePort,
  key: string,
  body: Readable,
  maxBytes: number,
): Promise<void> {
  const copy = new PassThrough();
  finished(body, (error) => {
    if (error) copy.destroy(error);
  });
  await files.put(key, body.pipe(copy), { maxBytes });
}

/** The staged file for the planning thread: its path, or its content where the store has no paths. */
export async function fileSource(
  files: FilePort,
  key: string,
): Promise<{ path: string } | { bytes: Uint8Array }> {
  const path = files.localPath(key);
  return path === null ? { bytes: await buffer(await files.get(key)) } : { path };
}
