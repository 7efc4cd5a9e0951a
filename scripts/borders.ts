import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';

export type BorderFault = { file: string; line: number; message: string };

type Import = { specifier: string; line: number; typeOnly: boolean; names: string };
type SourceFile = { path: string; text: string; imports: Import[] };

const ROOMS = ['contracts', 'kit', 'services', 'web'] as const;
type Room = (typeof ROOMS)[number];

/** Which rooms a room may import from, itself aside, and what to do instead of the forbidden. */
const MAY_IMPORT: Record<Room, { rooms: Room[]; instead: string }> = {
  contracts: {
    rooms: [],
    instead:
      'contracts is imported by everyone and imports nobody: move what is shared into contracts itself',
  },
  kit: {
    rooms: ['contracts'],
    instead:
      'the kit knows no service and no page: let the service hand it in through defineService or an option',
  },
  services: {
    rooms: ['contracts', 'kit'],
    instead: 'services never know the browser app: share it through contracts',
  },
  web: {
    rooms: ['contracts'],
    instead:
      'the web app talks to services over the public API: import the contract and use the typed client',
  },
};

const WEB_LAYERS: Record<string, string[]> = {
  ui: ['lib'],
  lib: ['ui'],
  sync: ['ui', 'lib'],
  entities: ['ui', 'lib', 'sync'],
  features: ['ui', 'lib', 'sync', 'entities'],
  pages: ['ui', 'lib', 'sync', 'entities', 'features'],
  app: ['ui', 'lib', 'sync', 'entities', 'features', 'pages'],
};

const PACKAGE_DOORS = [/^@gantry\/contracts(\/[a-z-]+)?$/, /^@gantry\/kit(\/(testing|embedded))?$/];

/**
 * Checks every border of the repository at `root` and returns the faults, sorted by file and line; each message
 * names the right way. Reads text only: nothing is run and nothing needs to compile.
 */
export async function checkBorders(root: string): Promise<BorderFault[]> {
  const files = await readSources(root);
  const byPath = new Map(files.map((file) => [file.path, file]));
  const services = await serviceNames(root);
  const faults = files.flatMap((file) => [
    ...file.imports.flatMap((found) => importFault(file, found, services)),
    ...foreignEvents(file, services),
    ...foreignTables(file, services),
    ...environmentReads(file),
  ]);
  faults.push(
    ...importCycles(byPath),
    ...(await lockfileFaults(root)),
    ...(await migrationFaults(root, services)),
  );
  return faults.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

async function readSources(root: string): Promise<SourceFile[]> {
  const paths = (await Promise.all(ROOMS.map((room) => filesBelow(root, room, /\.tsx?$/)))).flat();
  return Promise.all(
    paths.map(async (path) => {
      const text = await readFile(join(root, path), 'utf8');
      return { path, text, imports: readImports(text) };
    }),
  );
}

async function filesBelow(root: string, folder: string, ending: RegExp): Promise<string[]> {
  if (!existsSync(join(root, folder))) return [];
  const entries = await readdir(join(root, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path) && !/\.gen\.tsx?$/.test(path));
}

async function serviceNames(root: string): Promise<string[]> {
  if (!existsSync(join(root, 'services'))) return [];
  const entries = await readdir(join(root, 'services'), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map((entry) => entry.name);
}

function readImports(text: string): Import[] {
  const source = withoutComments(text);
  const pattern =
    /^[ \t]*(?:import|export)\s+(type\s+)?((?:[\w*{][^'"`;]*?)\s+from\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;
  return [...source.matchAll(pattern)].flatMap((match) => {
    const specifier = match[3] ?? match[4];
    if (specifier === undefined) return [];
    return [
      {
        specifier,
        line: lineAt(source, match.index),
        typeOnly: match[1] !== undefined,
        names: match[2] ?? '',
      },
    ];
  });
}

/** Comments become spaces, so that line numbers stay; strings stay as they are. */
function withoutComments(text: string): string {
  const pattern =
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/[^\n]*/g;
  return text.replace(pattern, (all, string) => (string === undefined ? all.replace(/[^\n]/g, ' ') : all));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function importFault(file: SourceFile, found: Import, services: string[]): BorderFault[] {
  const fault = (message: string): BorderFault[] => [{ file: file.path, line: found.line, message }];
  const from = file.path.split('/')[0] as Room;
  const target = found.specifier.startsWith('.')
    ? posix.normalize(posix.join(posix.dirname(file.path), found.specifier))
    : undefined;
  const to = roomOf(found.specifier, target);

  if (to !== undefined && to !== from && !MAY_IMPORT[from].rooms.includes(to)) {
    return fault(`${from} must not import ${to} ("${found.specifier}"): ${MAY_IMPORT[from].instead}.`);
  }
  if (to !== undefined && to !== from && target !== undefined) {
    return fault(`"${found.specifier}" reaches into ${to} by path: import its package, '@gantry/${to}'.`);
  }
  if (found.specifier.startsWith('@gantry/') && !PACKAGE_DOORS.some((door) => door.test(found.specifier))) {
    return fault(
      `"${found.specifier}" reaches behind the doors of its package: import '@gantry/contracts', ` +
        "'@gantry/contracts/<owner>', '@gantry/kit', '@gantry/kit/testing' or '@gantry/kit/embedded', and export there what is missing.",
    );
  }
  if (from === 'contracts') return contractsImport(file, found, target, fault);
  if (from === 'services') return serviceImport(file, target, services, fault);
  if (from === 'web') return webImport(file, found, target, fault);
  return [];
}

function roomOf(specifier: string, target: string | undefined): Room | undefined {
  const name = target === undefined ? /^@gantry\/([a-z]+)/.exec(specifier)?.[1] : target.split('/')[0];
  return ROOMS.find((room) => room === name);
}

type MakeFault = (message: string) => BorderFault[];

function contractsImport(
  file: SourceFile,
  found: Import,
  target: string | undefined,
  fault: MakeFault,
): BorderFault[] {
  const isTest = isTestFile(file.path);
  const allowed = target !== undefined || /^typebox(\/|$)/.test(found.specifier);
  if (
    allowed ||
    (isTest && (/^(vitest|fast-check)$/.test(found.specifier) || found.specifier.startsWith('node:')))
  ) {
    return [];
  }
  if (found.specifier.startsWith('@gantry/contracts')) return [];
  return fault(
    `contracts runs in Node and in the browser and imports only typebox, not "${found.specifier}": ` +
      'keep the schema or the pure rule here and move the rest to the kit, a service or the web app.',
  );
}

function serviceImport(
  file: SourceFile,
  target: string | undefined,
  services: string[],
  fault: MakeFault,
): BorderFault[] {
  const own = file.path.split('/')[1] ?? '';
  const other = target?.split('/')[1] ?? '';
  if (target === undefined || !services.includes(own) || !services.includes(other) || own === other)
    return [];
  return fault(
    `the ${own} service must not import the ${other} service: call it through its contract ` +
      `('@gantry/contracts/${other}' and a service client), or subscribe to its events.`,
  );
}

function webImport(
  file: SourceFile,
  found: Import,
  target: string | undefined,
  fault: MakeFault,
): BorderFault[] {
  const inside =
    target ?? (found.specifier.startsWith('@/') ? `web/src/${found.specifier.slice(2)}` : undefined);
  const from = /^web\/src\/([^/]+)\/([^/]+)/.exec(file.path);
  const to = /^web\/src\/([^/]+)\/([^/]+)/.exec(inside ?? '');
  const [fromLayer = '', fromSlice] = from?.slice(1) ?? [];
  const [toLayer = '', toSlice] = to?.slice(1) ?? [];
  const allowed = WEB_LAYERS[fromLayer];
  if (allowed === undefined || WEB_LAYERS[toLayer] === undefined) return [];
  if (fromLayer === 'features' && toLayer === 'features') {
    if (fromSlice === toSlice) return [];
    return fault(
      `the feature ${fromSlice} must not import the feature ${toSlice}: compose both in a page, ` +
        'or move what they share to entities.',
    );
  }
  if (fromLayer === toLayer || allowed.includes(toLayer)) return [];
  return fault(
    `web/src/${fromLayer} must not import web/src/${toLayer} (ui, lib ← sync ← entities ← features ← pages ← app): ` +
      'move the shared part down, or hand it in as a property from above.',
  );
}

/** Only the owner of an event may record it. */
function foreignEvents(file: SourceFile, services: string[]): BorderFault[] {
  const own = ownService(file, services);
  if (own === undefined) return [];
  const foreign = new Map<string, string>();
  for (const found of file.imports) {
    const owner = /^@gantry\/contracts\/([a-z-]+)$/.exec(found.specifier)?.[1];
    if (owner === undefined || owner === own || !services.includes(owner)) continue;
    for (const name of importedNames(found.names)) foreign.set(name, owner);
  }
  const source = withoutComments(file.text);
  return [...source.matchAll(/\brecord\(\s*(?:\{\s*event:\s*)?([A-Za-z_$][\w$]*)/g)].flatMap((match) => {
    const owner = foreign.get(match[1] ?? '');
    if (owner === undefined) return [];
    const message =
      `the event ${match[1]} belongs to ${owner}, and only its owner records it: ask the ${owner} service by its client, ` +
      `or declare an event of ${own}'s own in contracts/${own}.`;
    return [{ file: file.path, line: lineAt(source, match.index), message }];
  });
}

/** Local names: `{ a, type b, c as d }` gives a, b, d; `* as n` gives n. */
function importedNames(clause: string): string[] {
  return clause
    .replace(/\sfrom\s*$/, '')
    .replace(/[{}]/g, ',')
    .split(',')
    .map(
      (part) =>
        part
          .trim()
          .replace(/^type\s+/, '')
          .split(/\s+as\s+/)
          .at(-1)
          ?.trim() ?? '',
    )
    .filter((name) => /^[\w$]+$/.test(name));
}

function ownService(file: SourceFile, services: string[]): string | undefined {
  const [room, name] = file.path.split('/');
  return room === 'services' && name !== undefined && services.includes(name) ? name : undefined;
}

/** SQL that names another service's schema: `from projects.projects`, or quoted, or Kysely's 'projects.projects'. */
function foreignTables(file: SourceFile, services: string[]): BorderFault[] {
  const own = ownService(file, services);
  return own === undefined ? [] : foreignSchemas(file.path, withoutComments(file.text), own, services);
}

function foreignSchemas(path: string, source: string, own: string, services: string[]): BorderFault[] {
  const others = services.filter((name) => name !== own && name !== 'gateway').join('|');
  if (others === '') return [];
  const keyword = '\\b(?:from|join|into|update|table|references|truncate|only)';
  const sql = new RegExp(`${keyword}\\s+(?:if\\s+(?:not\\s+)?exists\\s+)?"?(${others})"?\\."?[a-z_]`, 'gi');
  const builder = new RegExp(
    `\\b(?:selectFrom|insertInto|updateTable|deleteFrom|mergeInto|(?:inner|left|right|full)Join|withSchema)\\(\\s*['"\`](${others})(?=[.'"\`])`,
    'g',
  );
  return [...source.matchAll(sql), ...source.matchAll(builder)].map((match) => ({
    file: path,
    line: lineAt(source, match.index),
    message:
      `${own} must not touch the tables of ${match[1]}: ask the ${match[1]} service by its client, ` +
      'or keep the facts you need in a table of your own, fed by its events.',
  }));
}

async function migrationFaults(root: string, services: string[]): Promise<BorderFault[]> {
  const paths = (await filesBelow(root, 'services', /\.sql$/)).filter((path) =>
    services.includes(path.split('/')[1] ?? ''),
  );
  const found = await Promise.all(
    paths.map(async (path) => {
      const text = (await readFile(join(root, path), 'utf8')).replace(/--[^\n]*/g, '');
      return foreignSchemas(path, text, path.split('/')[1] ?? '', services);
    }),
  );
  return found.flat();
}

const MAY_READ_ENVIRONMENT = [
  /^kit\/config/,
  /^services\/(main|cli)(\.[\w-]+)*\.tsx?$/,
  /^web\/vite\.config\./,
];

function environmentReads(file: SourceFile): BorderFault[] {
  if (isTestFile(file.path) || MAY_READ_ENVIRONMENT.some((allowed) => allowed.test(file.path))) return [];
  const source = withoutComments(file.text);
  return [...source.matchAll(/\bprocess\s*\.\s*env\b/g)].map((match) => ({
    file: file.path,
    line: lineAt(source, match.index),
    message:
      'process.env is read in one place: declare the variable in the config of the service (or kit/config), ' +
      'where it gets a type, a default and a line of documentation, and take it from ctx.',
  }));
}

function isTestFile(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /\/testing\//.test(path);
}

function importCycles(files: Map<string, SourceFile>): BorderFault[] {
  const faults: BorderFault[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    state.set(path, 'open');
    trail.push(path);
    for (const found of files.get(path)?.imports ?? []) {
      // Types vanish before anything runs; a cycle of types alone harms no one.
      const target = found.typeOnly ? undefined : resolveFile(path, found.specifier, files);
      if (target === undefined) continue;
      if (state.get(target) === 'open') {
        const cycle = [...trail.slice(trail.indexOf(target)), target];
        const message = `import cycle ${cycle.join(' → ')}: move what both ends need into a file of its own.`;
        faults.push({ file: path, line: found.line, message });
      } else if (state.get(target) === undefined) visit(target);
    }
    trail.pop();
    state.set(path, 'done');
  };
  for (const path of files.keys()) if (state.get(path) === undefined) visit(path);
  return faults;
}

function resolveFile(from: string, specifier: string, files: Map<string, SourceFile>): string | undefined {
  const base = specifier.startsWith('.')
    ? posix.normalize(posix.join(posix.dirname(from), specifier))
    : specifier.startsWith('@/') && from.startsWith('web/')
      ? `web/src/${specifier.slice(2)}`
      : undefined;
  if (base === undefined) return undefined;
  const candidates = [base, `${base}.ts`, `${base}.tsx`, `${base}/index.ts`, `${base}/index.tsx`];
  return candidates.find((candidate) => files.has(candidate));
}

/** A lockfile with addresses ties everyone to the registry of whoever wrote it. */
async function lockfileFaults(root: string): Promise<BorderFault[]> {
  const file = join(root, 'package-lock.json');
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.flatMap((text, index) =>
    /"resolved":\s*"[a-z+]+:/.test(text)
      ? [
          {
            file: 'package-lock.json',
            line: index + 1,
            message:
              'the lockfile names a registry: put omit-lockfile-registry-resolved=true into .npmrc and run npm install --package-lock-only.',
          },
        ]
      : [],
  );
}

if (import.meta.main) {
  const root = resolve(dirname(import.meta.filename), '..');
  const faults = await checkBorders(root);
  for (const { file, line, message } of faults) process.stdout.write(`${file}:${line}  ${message}\n`);
  process.stdout.write(
    faults.length === 0 ? 'Borders are respected.\n' : `${faults.length} border faults.\n`,
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
}
