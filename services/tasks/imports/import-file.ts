import { buffer } from 'node:stream/consumers';
import type { FilePort } from '@gantry/kit';

/** The staged file for the planning thread: its path, or its content where the store has no paths. */
export async function fileSource(
  files: FilePort,
  key: string,
): Promise<{ path: string } | { bytes: Uint8Array }> {
  const path = files.localPath(key);
  return path === null ? { bytes: await buffer(await files.get(key)) } : { path };
}
