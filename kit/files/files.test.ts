import { mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FilePort, folderFiles } from './files.ts';

let root: string;
let files: FilePort;
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'gantry-files-')), 'files');
  files = folderFiles(root);
});

const body = (bytes: number, chunk = 1000) =>
  Readable.from(Array.from({ length: bytes / chunk }, () => Buffer.alloc(chunk, 'x')));
const onDisk = () => readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
const names = async () => (await onDisk()).filter((e) => e.isFile()).map((e) => e.name);

describe('files', () => {
  it('are stored whole, read, listed and deleted', async () => {
    expect(await files.put('a/b.json', body(5_000), { maxBytes: 5_000 })).toEqual({ bytes: 5_000 });
    expect(await buffer(await files.get('a/b.json'))).toEqual(Buffer.alloc(5_000, 'x'));
    expect(await files.list('a')).toMatchObject([{ key: 'a/b.json' }]);
    await files.delete('a/b.json');
    await files.delete('a/b.json');
    await expect(files.get('a/b.json')).rejects.toMatchObject({ code: 'not_found' });
    expect(await files.list('nothing')).toEqual([]);
  });

  it('over the limit leave nothing, and what was there stays', async () => {
    await files.put('a', body(1_000), { maxBytes: 1_000 });
    await expect(files.put('a', body(3_000), { maxBytes: 2_999 })).rejects.toMatchObject({
      code: 'body_too_large',
    });
    expect((await buffer(await files.get('a'))).length).toBe(1_000);
    expect(await names()).toEqual(['a']);
  });

  it('whose sender breaks off leave nothing', async () => {
    const broken = new Readable({
      read() {
        this.push(Buffer.alloc(1_000));
        if (this.readableLength > 3_000) this.destroy(new Error('gone'));
      },
    });
    await expect(files.put('a', broken, { maxBytes: 1e9 })).rejects.toThrow('gone');
    expect(await names()).toEqual([]);
  });

  it('written twice at once are one of the two, whole', async () => {
    const [a, b] = ['a', 'b'].map((letter) => Readable.from([Buffer.alloc(50_000, letter)]));
    await Promise.all([a, b].map((r) => files.put('k', r as Readable, { maxBytes: 1e6 })));
    const text = (await buffer(await files.get('k'))).toString();
    expect(['a'.repeat(50_000), 'b'.repeat(50_000)]).toContain(text);
    expect(await names()).toEqual(['k']);
  });

  it.each(['../x', 'a/../../x', '/../../etc/passwd', '..', 'a/../..', 'x\0y', `..${'/..'.repeat(20)}/tmp/x`])(
    'never leave the folder: %j',
    async (key) => {
      await writeFile(join(root, '..', 'x'), 'secret');
      await expect(files.put(key, body(1_000), { maxBytes: 1e6 })).rejects.toThrow(/outside/);
      await expect(files.get(key)).rejects.toThrow(/outside/);
      await expect(files.delete(key)).rejects.toThrow(/outside/);
      expect(() => files.localPath(key)).toThrow(/outside/);
    },
  );

  it('that are links are not listed', async () => {
    await files.put('a/b', body(1_000), { maxBytes: 1e6 });
    await symlink('/etc/passwd', join(root, 'a', 'link'));
    expect((await files.list('a')).map((f) => f.key)).toEqual(['a/b']);
  });
});
