import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fail } from '../errors.ts';

/** Where files live. Keys are made by us (`imports/<uuid>.json`), never by clients. */
export interface FilePort {
  /** Stores a stream whole or not at all. Throws `body_too_large` past `maxBytes`, leaving nothing behind. Gives its size in bytes. */
  put(key: string, body: Readable, options: { maxBytes: number }): Promise<{ bytes: number }>;
  /** A stream of the file. Throws `not_found` if there is none. */
  get(key: string): Promise<Readable>;
  /** Absolute path, for readers in worker threads; null where the store has no paths. */
  localPath(key: string): string | null;
  delete(key: string): Promise<void>;
  /** Keys below a prefix with their age in milliseconds, for sweeping orphans. */
  list(prefix: string): Promise<{ key: string; ageMs: number }[]>;
}

/** Files in a local folder. Written to a temporary name, synced, then renamed: a crash leaves no half file. */
export function folderFiles(root: string): FilePort {
  const pathOf = (key: string) => {
    const path = normalize(join(root, key));
    if (!path.startsWith(normalize(root) + sep) || key.includes('\0'))
      throw new Error(`file key outside the folder: ${key}`);
    return path;
  };
  return {
    async put(key, body, { maxBytes }) {
      const path = pathOf(key);
      const temporary = `${path}.${randomBytes(6).toString('hex')}.part`;
      await mkdir(dirname(path), { recursive: true });
      let bytes = 0;
      const limit = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length;
          if (bytes > maxBytes)
            done(
              fail('body_too_large', { detail: `The limit is ${Math.floor(maxBytes / 1024 / 1024)} MiB.` }),
            );
          else done(null, chunk);
        },
      });
      try {
        await pipeline(body, limit, createWriteStream(temporary));
        const handle = await open(temporary, 'r+');
        await handle.sync();
        await handle.close();
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      return { bytes };
    },
    async get(key) {
      const path = pathOf(key);
      await stat(path).catch(() => {
        throw fail('not_found');
      });
      return createReadStream(path);
    },
    localPath: pathOf,
    async delete(key) {
      await rm(pathOf(key), { force: true });
    },
    async list(prefix) {
      const folder = pathOf(prefix);
      const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
      const files = names.filter((entry) => entry.isFile());
      const found = await Promise.all(
        files.map(async (entry) => {
          const path = join(entry.parentPath, entry.name);
          const facts = await stat(path).catch(() => null); // deleted meanwhile
          return facts
            ? [{ key: path.slice(normalize(root).length + 1), ageMs: Date.now() - facts.mtimeMs }]
            : [];
        }),
      );
      return found.flat();
    },
  };
}
