import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { atMost, figure } from '../lib/results.ts';
import { median } from '../lib/stats.ts';
import type { BenchCase } from './case.ts';

const START = resolve(import.meta.dirname, '../../scripts/start.ts');
const IDLE_MS = 5_000;
const WARM_STARTS = 3;

/** A Gantry of its own as `npm start` runs it, database included, on an empty folder and again on the same. */
export const footprint: BenchCase = {
  name: 'footprint',
  about: 'start to first answer, and memory when idle',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-start-'));
    await chmod(folder, 0o755);
    try {
      const first = await startOnce(folder);
      const warm: Awaited<ReturnType<typeof startOnce>>[] = [];
      for (let i = 0; i < WARM_STARTS; i++) warm.push(await startOnce(folder));
      return [
        atMost('start to first answer, first ever', first.seconds, 's', 10),
        atMost('start to first answer, warm', median(warm.map((w) => w.seconds)), 's', 3),
        atMost('Node memory, idle', median(warm.map((w) => w.rss)), 'MB', 250),
        figure('start to end (SIGTERM), warm', median(warm.map((w) => w.stopSeconds)), 's'),
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function startOnce(folder: string): Promise<{ seconds: number; rss: number; stopSeconds: number }> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [START, '--no-web'], {
    env: { ...process.env, PORT: String(port), GANTRY_DATA: join(folder, 'data'), DATABASE_URL: undefined },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exit = new Promise<number | null>((done) => child.once('exit', done));
  let ended = false;
  const endWithUs = () => void child.kill('SIGTERM');
  process.on('exit', endWithUs);
  void exit.then(() => {
    ended = true;
    process.off('exit', endWithUs);
  });
  try {
    while (!(await answers(port))) {
      if (ended) throw new Error(`it ended with ${await exit} before its first answer`);
      await new Promise((done) => setTimeout(done, 10));
    }
    const seconds = (performance.now() - began) / 1000;
    await new Promise((done) => setTimeout(done, IDLE_MS));
    const rss = await residentMemory(child.pid as number);
    const stopping = performance.now();
    child.kill('SIGTERM');
    await exit;
    return { seconds, rss, stopSeconds: (performance.now() - stopping) / 1000 };
  } finally {
    if (!ended) child.kill('SIGKILL');
  }
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health/ready`).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** MB, of the Node process alone: PostgreSQL has its own. NaN where there is no /proc. */
async function residentMemory(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return (Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? Number.NaN) * 1024) / 1e6;
}

function freePort(): Promise<number> {
  return new Promise((done, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
