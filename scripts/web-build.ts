import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '..');
const web = join(repository, 'web');
const dist = join(web, 'dist');
const stampFile = join(dist, '.stamp');

/** Everything the built files depend on. */
const sources = ['web', 'contracts', 'package-lock.json'];

/**
 * Builds the web app when something it is made of has changed since the last build, and returns the folder to
 * serve; undefined when there is no web app in this clone. A build appears whole or not at all, so two starts at
 * once do no harm. Throws with what the bundler said when it fails.
 */
export async function buildWebWhenStale(options: {
  say: (line: string) => void;
  signal?: AbortSignal;
}): Promise<string | undefined> {
  const hasConfig = ['ts', 'js', 'mts', 'mjs'].some((end) => existsSync(join(web, `vite.config.${end}`)));
  if (!hasConfig) {
    options.say('There is no web app to build in web/ (no vite config): starting with the API alone.');
    return undefined;
  }
  const stamp = await sourceStamp();
  if (existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === stamp) return dist;

  options.say('Building the web app…');
  const draft = join(repository, 'node_modules', '.cache', `web-dist-${process.pid}`);
  try {
    await runVite(['build', '--outDir', draft, '--emptyOutDir', '--logLevel', 'warn'], options.signal);
    await writeFile(join(draft, '.stamp'), stamp);
    await rm(dist, { recursive: true, force: true });
    await rename(draft, dist);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return dist;
}

function runVite(args: string[], signal: AbortSignal | undefined): Promise<void> {
  const vite = join(repository, 'node_modules', 'vite', 'bin', 'vite.js');
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [vite, ...args], {
      cwd: web,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code, killed) =>
      code === 0
        ? done()
        : reject(new Error(`The web app could not be built (${killed ?? `code ${code}`}).\n${output}`)),
    );
  });
}

async function sourceStamp(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) await addToHash(hash, join(repository, source));
  return hash.digest('hex');
}

async function addToHash(hash: ReturnType<typeof createHash>, path: string): Promise<void> {
  if (!(await stat(path)).isDirectory()) {
    hash
      .update(path.slice(repository.length))
      .update('\0')
      .update(await readFile(path))
      .update('\0');
    return;
  }
  const names = (await readdir(path)).filter(
    (name) => !/^(node_modules|dist|\..*)$|\.test\.tsx?$/.test(name),
  );
  for (const name of names.sort()) await addToHash(hash, join(path, name));
}
