import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * How PostgreSQL's programs are started: directly, or through `setpriv`, which changes the user and asks the
 * kernel to end PostgreSQL should our process be killed.
 */
export type Launcher = {
  command(program: string, args: string[]): { file: string; args: string[]; uid?: number; gid?: number };
  /** Gives a file or folder to the user PostgreSQL runs as. Does nothing when that is ourselves. */
  own(path: string): Promise<void>;
  /** What a person is told, e.g. "user postgres". */
  description: string;
};

type Account = { uid: number; gid: number; name: string };

/**
 * Chooses the way to run PostgreSQL on `folder` (which must exist). PostgreSQL refuses root, so as root it runs
 * as the owner of `cluster` when there is one, else as `postgres` (made when missing), else as `nobody`; when
 * that user cannot reach the programs or the folder (a clone under /root), it is given the right to read past
 * closed folders and nothing else. Each way is tried for real before it is chosen.
 * Throws with instructions when no way works.
 */
export function chooseLauncher(input: { postgres: string; folder: string; cluster: string }): Launcher {
  const account = process.geteuid?.() === 0 ? accountForRoot(input.cluster) : undefined;
  const failures: string[] = [];
  for (const launcher of candidates(account)) {
    const failure = tryLauncher(launcher, input, account);
    if (failure === undefined) return launcher;
    failures.push(`${launcher.description}: ${failure}`);
  }
  throw new Error(unreachableMessage(input, account, failures));
}

function candidates(account: Account | undefined): Launcher[] {
  const direct: Launcher = {
    command: (file, args) => ({ file, args, ...(account && { uid: account.uid, gid: account.gid }) }),
    own: owner(account),
    description: account === undefined ? 'this user' : `user ${account.name}`,
  };
  if (process.platform !== 'linux') return [direct];
  const user = account ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : [];
  const list = [throughSetpriv(user, account, direct.description)];
  if (account !== undefined) {
    for (const right of ['dac_read_search', 'dac_override']) {
      // no_setuid_fixup: without it access(2) ignores the right and PostgreSQL believes its programs missing.
      const grant = [
        `--inh-caps=-all,+${right}`,
        `--ambient-caps=-all,+${right}`,
        '--securebits=+no_setuid_fixup',
      ];
      list.push(throughSetpriv([...user, ...grant], account, `${direct.description} with ${right}`));
    }
  }
  return [...list, direct];
}

function throughSetpriv(flags: string[], account: Account | undefined, description: string): Launcher {
  // INT is PostgreSQL's fast shutdown: should our process be killed, the database closes itself in order.
  const prefix = [...flags, '--pdeathsig=INT', '--'];
  return {
    command: (program, args) => ({ file: 'setpriv', args: [...prefix, program, ...args] }),
    own: owner(account),
    description,
  };
}

function owner(account: Account | undefined): Launcher['own'] {
  return async (path) => {
    if (account !== undefined) await chown(path, account.uid, account.gid);
  };
}

/** Undefined when the launcher can run the program and work in the folder, else why not. */
function tryLauncher(
  launcher: Launcher,
  input: { postgres: string; folder: string },
  account: Account | undefined,
): string | undefined {
  const version = runWith(launcher, input.postgres, ['--version']);
  if (version.status !== 0) return reason(version);
  if (account === undefined) return undefined;
  // A folder of its own inside the data folder: the same walk down and the same rights the cluster will need.
  const probe = mkdtempSync(join(input.folder, '.probe-'));
  try {
    spawnSync('chown', [`${account.uid}:${account.gid}`, probe]);
    const written = runWith(launcher, '/bin/sh', ['-c', 'cd "$1" && : > file && rm file', 'sh', probe]);
    return written.status === 0 ? undefined : reason(written);
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

function runWith(launcher: Launcher, program: string, args: string[]): SpawnSyncReturns<string> {
  const { file, args: all, uid, gid } = launcher.command(program, args);
  return spawnSync(file, all, { cwd: '/', encoding: 'utf8', timeout: 10_000, uid, gid });
}

function reason(result: SpawnSyncReturns<string>): string {
  return (result.error?.message ?? result.stderr.trim()) || `ended with ${result.status ?? result.signal}`;
}

function accountForRoot(cluster: string): Account {
  if (existsSync(cluster)) {
    const { uid, gid } = statSync(cluster);
    if (uid !== 0) return { uid, gid, name: `${uid}` };
  }
  const existing = lookUp('postgres');
  if (existing !== undefined) return existing;
  spawnSync('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    'postgres',
  ]);
  const account = lookUp('postgres') ?? lookUp('nobody');
  if (account === undefined) {
    throw new Error(
      'PostgreSQL refuses to run as root, and there is neither a user "postgres" nor "nobody" to run it as. ' +
        'Make one (useradd --system postgres), start Gantry as an ordinary user, or set DATABASE_URL.',
    );
  }
  return account;
}

function lookUp(name: string): Account | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  if (uid?.status !== 0 || gid?.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout), name };
}

function unreachableMessage(
  input: { postgres: string; folder: string },
  account: Account | undefined,
  failures: string[],
): string {
  const details = failures.map((failure) => `  - ${failure}`).join('\n');
  if (account === undefined) return `Embedded PostgreSQL (${input.postgres}) does not run here:\n${details}`;
  return (
    `Embedded PostgreSQL must not run as root, and user ${account.name} cannot reach ` +
    `${dirname(input.postgres)} or ${input.folder}:\n${details}\n` +
    'Do one of these: install util-linux (setpriv); move Gantry and GANTRY_DATA to a folder others may enter, ' +
    'such as /srv/gantry; start Gantry as an ordinary user; or set DATABASE_URL to a PostgreSQL 18 server.'
  );
}
