// Runs one of our TypeScript programs on a machine that has only Node >= 20 and npm:
//   node scripts/bootstrap.mjs scripts/start.ts [arguments]
// It installs what is missing, then hands over to the Node 24 that came with the packages.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stampFile = join(modules, '.gantry-stamp');
const lockFile = join(root, '.gantry', 'install.lock');

const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail('usage: node scripts/bootstrap.mjs SCRIPT [ARGUMENTS]');
if (majorOf(process.versions.node) < 20) fail(`Gantry needs Node 20 or newer; this is ${process.version}.`);

await install();
run(findNode(), [resolve(root, script), ...args]);

/** Installs once, however many of us start at the same time. */
async function install() {
  const stamp = currentStamp();
  if (readText(stampFile) === stamp) return;
  const release = await takeLock();
  try {
    if (readText(stampFile) === stamp) return;
    if (!matchesLockfile()) installPackages();
    runAllowedScripts();
    writeFileSync(stampFile, stamp);
  } finally {
    release();
  }
}

function currentStamp() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'scripts/allowed-install-scripts.json']) {
    hash.update(readFileSync(join(root, file)));
  }
  return `${hash.digest('hex')} ${process.platform}-${process.arch}\n`;
}

/** True when someone has already installed exactly what the lockfile says (by `npm ci`, say). */
function matchesLockfile() {
  const installed = readJson(join(modules, '.package-lock.json'))?.packages;
  if (installed === undefined) return false;
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {};
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true && !belongsHere(entry);
    return found.version === entry.version && existsSync(join(root, path));
  });
}

/** Whether an optional package is meant for this machine; those without a platform belong to another's optional. */
function belongsHere(entry) {
  if (entry.os === undefined && entry.cpu === undefined) return false;
  const fits = (list, value) => list === undefined || [list].flat().includes(value);
  const glibc = process.report?.getReport().header.glibcVersionRuntime !== undefined;
  const libc = process.platform === 'linux' ? (glibc ? 'glibc' : 'musl') : undefined;
  return (
    fits(entry.os, process.platform) &&
    fits(entry.cpu, process.arch) &&
    (libc === undefined || fits(entry.libc, libc))
  );
}

function installPackages() {
  process.stderr.write('Installing packages (once; a minute or so)…\n');
  // Development packages too, whatever NODE_ENV says: the web app is built here.
  const flags = ['--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
  let result = runNpm(['ci', ...flags]);
  // A lockfile written where the registry lacked another platform's optional package is no lockfile to `npm ci`.
  // A plain install still takes every version and checksum from it, and changes nothing in the repository.
  if (result.stderr?.includes('EUSAGE')) result = runNpm(['install', '--no-save', ...flags]);
  if (result.status === 0) return;
  fail(
    `${result.stderr ?? ''}\nnpm could not install the packages ` +
      `(${result.error?.message ?? `code ${result.status ?? result.signal}`}); what it says is above. ` +
      `Once that is solved, run the command again, or run "npm ci" in ${root} yourself.`,
  );
}

function runNpm(npmArgs) {
  const options = { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' };
  const npm = process.env.npm_execpath;
  if (npm?.endsWith('.js') && existsSync(npm)) return spawnSync(process.execPath, [npm, ...npmArgs], options);
  return spawnSync('npm', npmArgs, { ...options, shell: process.platform === 'win32' });
}

/** Install scripts are off (.npmrc). The few that are needed run here, by name and by their exact text. */
function runAllowedScripts() {
  const allowed = readJson(join(root, 'scripts', 'allowed-install-scripts.json'));
  for (const [name, command] of Object.entries(allowed)) {
    const folder = join(modules, name);
    const found = readJson(join(folder, 'package.json'))?.scripts?.postinstall;
    if (found === undefined) continue;
    if (found !== command) {
      fail(
        `The install script of ${name} is "${found}", not the allowed "${command}". Look at it before allowing it.`,
      );
    }
    const result = spawnSync(process.execPath, command.split(' ').slice(1), {
      cwd: folder,
      stdio: 'inherit',
    });
    if (result.status !== 0) fail(`The install script of ${name} failed.`);
  }
}

async function takeLock() {
  mkdirSync(dirname(lockFile), { recursive: true });
  const mine = `${process.pid} ${processStart(process.pid)}`;
  for (let told = false; ; ) {
    try {
      const file = openSync(lockFile, 'wx');
      writeSync(file, mine);
      closeSync(file);
      return () => rmSync(lockFile, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const text = readText(lockFile);
    const [pid, started] = (text ?? '').split(' ');
    // Its writer is dead: killed in the middle of an install. An empty file was made this very moment, or then.
    if (text && processStart(Number(pid)) !== started) {
      if (readText(lockFile) === text) rmSync(lockFile, { force: true });
      continue;
    }
    if (text === '') {
      await sleep(500);
      if (readText(lockFile) === '') rmSync(lockFile, { force: true });
      continue;
    }
    if (text && !told) {
      process.stderr.write(`Another Gantry (pid ${pid}) is installing the packages; waiting for it…\n`);
      told = true;
    }
    await sleep(200);
  }
}

/** The start tick tells a process from a later one with the same pid. */
function processStart(pid) {
  if (process.platform === 'linux') {
    const stat = readText(`/proc/${pid}/stat`);
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields === undefined || fields[0] === 'Z' ? 'dead' : fields[19];
  }
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return error.code === 'EPERM' ? 'alive' : 'dead';
  }
}

function findNode() {
  if (majorOf(process.versions.node) >= 24) return process.execPath;
  const [platform, program] = process.platform === 'win32' ? ['win', 'node.exe'] : [process.platform, 'node'];
  const pinned = join(modules, `node-${platform}-${process.arch}`, 'bin', program);
  if (existsSync(pinned)) return pinned;
  fail(
    `Gantry runs on Node 24. npm brings it for the common platforms, but not for ${platform}-${process.arch}: ` +
      `install Node 24 and start again (this is ${process.version}).`,
  );
}

function run(node, nodeArgs) {
  const env = { ...process.env, GANTRY_BOOTSTRAP: String(process.pid) };
  const child = spawn(node, nodeArgs, { stdio: 'inherit', env });
  // Ctrl-C reaches the child by itself as well, being in the same process group: our programs take signals that
  // arrive within a second for one. Sent to us alone, a signal must still reach it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // npm passes a SIGTERM on to its shell only, which dies and leaves us behind.
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 250).unref();
  }
  child.on('error', (error) => fail(`${node} cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function majorOf(version) {
  return Number(version.split('.')[0]);
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // not there
  }
}

function readJson(file) {
  const text = readText(file);
  return text === undefined ? undefined : JSON.parse(text);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  rmOwnLock();
  process.exit(1);
}

function rmOwnLock() {
  if (readText(lockFile)?.startsWith(`${process.pid} `)) rmSync(lockFile, { force: true });
}
