import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createServer } from 'vite';
import { onStopSignal } from './signals.ts';

// Gantry for those who work on it: the services restart when a file of theirs changes, and the web app is
// served by Vite, which passes everything that is not a page on to them.
const repository = resolve(import.meta.dirname, '..');
const port = process.env.PORT ?? '3000';
const api = `http://localhost:${port}`;
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const services = spawn(
  process.execPath,
  [
    '--watch',
    '--watch-preserve-output',
    join(repository, 'scripts/start.ts'),
    '--no-web',
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit', env: { ...process.env, PORT: port, NODE_ENV: 'development' } },
);

const behind = { target: api, changeOrigin: false };
const web = await createServer({
  root: join(repository, 'web'),
  server: {
    port: Number(process.env.WEB_PORT ?? '5173'),
    proxy: { '/api': { ...behind, ws: true }, '/docs': behind, '/health': behind, '/metrics': behind },
  },
});
await web.listen();
say(`Web app while developing: http://localhost:${web.config.server.port}   (services: ${api})`);

// Vite ends the process on SIGTERM by itself, without waiting for anybody.
process.on('exit', () => services.kill('SIGTERM'));
let stopping = false;
const end = (code: number): void => {
  if (stopping) return;
  stopping = true;
  void web.close().finally(() => {
    if (services.exitCode !== null || services.signalCode !== null) process.exit(code);
    services.once('exit', () => process.exit(code));
    services.kill('SIGTERM');
  });
};
onStopSignal(() => end(0), say);
services.once('exit', (code) => end(code ?? 1));
