import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkBorders } from './borders.ts';

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** The messages for a small tree of files, each as "file:line message". */
async function faultsOf(tree: Record<string, string>): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'gantry-borders-'));
  folders.push(root);
  // Every tree has these services, so that their names mean something.
  for (const name of ['tasks', 'projects']) await mkdir(join(root, 'services', name), { recursive: true });
  for (const [path, text] of Object.entries(tree)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return (await checkBorders(root)).map(({ file, line, message }) => `${file}:${line} ${message}`);
}

test('a tree that respects every border has no faults', async () => {
  const faults = await faultsOf({
    'contracts/tasks/index.ts': "import { Type } from 'typebox';\nimport { id } from '../ids.ts';",
    'contracts/ids.ts': "import { Type } from 'typebox/value';",
    'contracts/ids.test.ts': "import { test } from 'vitest';\nimport fc from 'fast-check';",
    'kit/config.ts': 'export const env = process.env;',
    'kit/log/record.ts': "import { Change } from '@gantry/contracts';\nimport type { Tx } from './tx.ts';",
    'kit/log/tx.ts': "import { record } from './record.ts';",
    'services/main.ts': "import { tasks } from './tasks/service.ts';\nprocess.env.PORT;",
    'services/tasks/service.ts':
      "import { taskCreated } from '@gantry/contracts/tasks';\n" +
      "import { projectCreated, projects } from '@gantry/contracts/projects';\n" +
      "import { defineService } from '@gantry/kit';\n" +
      '// from projects.projects, and process.env, in a comment\n' +
      "tx.record(taskCreated, {}); on(projectCreated); sql`select * from tasks.tasks`; 'away from projects. Then';",
    'web/src/pages/board.tsx':
      "import { List } from '../features/tasks/list.tsx';\nimport '@/ui/button.tsx';",
    'web/src/features/tasks/list.tsx': "import { store } from '../../sync/store.ts';",
    'package-lock.json': '{ "packages": { "kit": { "resolved": "kit", "link": true } } }',
  });
  expect(faults).toEqual([]);
});

test.each([
  ['contracts/a.ts', "import { x } from '@gantry/kit';", 'move what is shared into contracts'],
  ['contracts/a.ts', "import pg from 'pg';", 'imports only typebox, not "pg"'],
  ['contracts/a.ts', "import { readFile } from 'node:fs';", 'imports only typebox'],
  ['kit/a.ts', "import { x } from '../services/tasks/a.ts';", 'kit must not import services'],
  ['kit/a.ts', "import { x } from '@gantry/services';", 'kit must not import services'],
  ['web/src/lib/a.ts', "import { x } from '@gantry/kit';", 'use the typed client'],
  ['services/tasks/a.ts', "import { x } from '../../web/src/lib/a.ts';", 'services must not import web'],
  [
    'services/tasks/a.ts',
    "import {\n  x,\n} from '../projects/a.ts';",
    'tasks service must not import the projects service',
  ],
  ['services/tasks/a.ts', "const x = await import('../projects/a.ts');", 'subscribe to its events'],
  ['services/tasks/a.ts', "export * from '../projects/a.ts';", 'tasks service must not import the projects'],
  [
    'services/tasks/a.ts',
    "import { x } from '../../kit/log/record.ts';",
    "import its package, '@gantry/kit'",
  ],
  ['services/tasks/a.ts', "import { x } from '@gantry/kit/log/record.ts';", 'behind the doors'],
  ['web/src/lib/a.ts', "import { x } from '@gantry/contracts/tasks/index.ts';", 'behind the doors'],
  [
    'web/src/ui/a.tsx',
    "import { x } from '../features/tasks/list.tsx';",
    'web/src/ui must not import web/src/features',
  ],
  ['web/src/features/tasks/a.tsx', "import { x } from '@/pages/board.tsx';", 'move the shared part down'],
  ['web/src/features/tasks/a.tsx', "import { x } from '../members/list.tsx';", 'compose both in a page'],
  ['kit/a.ts', 'const home = process.env.HOME;', 'process.env is read in one place'],
  ['services/tasks/a.ts', 'const x = process.env;', 'process.env is read in one place'],
  [
    'services/tasks/a.ts',
    'sql`SELECT 1\nFROM projects.projects`',
    'tasks must not touch the tables of projects',
  ],
  ['services/tasks/a.ts', "db.selectFrom('projects.members')", 'tasks must not touch the tables of projects'],
  [
    'services/tasks/migrations/1.sql',
    'ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES "projects"."projects"',
    'fed by its events',
  ],
  ['package-lock.json', '"resolved": "https://registry.example/x.tgz"', 'omit-lockfile-registry-resolved'],
])('%s with %j is a fault that names the right way', async (path, text, message) => {
  const faults = await faultsOf({ [path]: text });
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(message);
});

test('recording an event of another owner is a fault, at its line', async () => {
  const faults = await faultsOf({
    'services/tasks/a.ts':
      "import { projectCreated as created } from '@gantry/contracts/projects';\n\ntx.record(created, { id });",
  });
  expect(faults).toEqual([
    expect.stringMatching(/^services\/tasks\/a\.ts:3 the event created belongs to projects/),
  ]);
});

test('an import cycle is named whole', async () => {
  const faults = await faultsOf({
    'kit/a.ts': "import './b.ts';",
    'kit/b.ts': "import { c } from './c.ts';",
    'kit/c.ts': "import { a } from './a.ts';",
  });
  expect(faults).toEqual([expect.stringContaining('kit/a.ts → kit/b.ts → kit/c.ts → kit/a.ts')]);
});
