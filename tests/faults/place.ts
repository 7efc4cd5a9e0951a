import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@gantry/kit/embedded';
import pg from 'pg';

export interface Started {
  url: string;
  token: string;
}

/** A durable PostgreSQL of its own and one process on it, both there to be killed. */
export interface Place {
  postgres: EmbeddedPostgres;
  folder: string;
  /** Rows of a query, tried until the server answers. */
  rows<Row>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Starts the script; resolves with the first line it says, or null if it died before. */
  start(env?: Record<string, string>): Promise<Started | null>;
  /** Resolves when the process is gone. */
  ended(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  isRunning(): boolean;
  remove(): Promise<void>;
}

export async function aPlace(script: URL, env: Record<string, string> = {}): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-test-faults-'));
  await chmod(folder, 0o755);
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  let child: ChildProcess | null = null;
  let gone: Promise<unknown> = Promise.resolve();
  const onExit = () => child?.kill('SIGKILL');
  process.on('exit', onExit);
  const place: Place = {
    postgres,
    folder,
    async rows<Row>(sql: string, values: unknown[] = []) {
      for (let attempt = 0; ; attempt++) {
        const client = new pg.Client({ connectionString: postgres.url });
        client.on('error', () => {});
        try {
          await client.connect();
          return (await client.query(sql, values)).rows as Row[];
        } catch (error) {
          if (attempt > 100) throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        } finally {
          await client.end().catch(() => {});
        }
      }
    },
    async start(more = {}) {
      const started = spawn(process.execPath, [script.pathname], {
        env: {
          ...process.env,
          DATABASE_URL: postgres.url,
          GANTRY_DATA: join(folder, 'data'),
          ...env,
          ...more,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      child = started;
      gone = once(started, 'exit').then(() => {
        if (child === started) child = null;
      });
      const lines = createInterface({ input: started.stdout });
      const line = await Promise.race([
        once(lines, 'line').then(([text]) => String(text)),
        gone.then(() => null),
      ]);
      return line === null ? null : (JSON.parse(line) as Started);
    },
    ended: async () => void (await gone),
    kill: (signal) => void child?.kill(signal),
    isRunning: () => child !== null,
    async remove() {
      process.off('exit', onExit);
      child?.kill('SIGKILL');
      await gone;
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return place;
}
