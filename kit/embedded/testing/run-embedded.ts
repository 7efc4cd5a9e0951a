import { startEmbeddedPostgres } from '../index.ts';

// A process of its own for the tests: starts PostgreSQL on the given folder, says so in one line of JSON, and
// stays until its input ends, when it stops in order (or without a word, when it is killed).
const dataDir = process.argv[2];
if (dataDir === undefined) throw new Error('usage: run-embedded.ts FOLDER');
try {
  const server = await startEmbeddedPostgres({ dataDir, durability: 'off' });
  process.stdout.write(
    `${JSON.stringify({ url: server.url, pid: server.pid(), uid: process.getuid?.() })}\n`,
  );
  process.stdin.resume();
  process.stdin.once('end', () => void server.stop());
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`);
  process.exitCode = 1;
}
