import { randomBytes } from 'node:crypto';
import { encodeId } from '@gantry/contracts';
import {
  compareTasks,
  compileFilter,
  type FilterContext,
  lower,
  parseFilter,
} from '@gantry/contracts/filter';
import type { Task } from '@gantry/contracts/tasks';
import { type Database, migrate, openDatabase } from '@gantry/kit';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testPostgresUrl } from '../../../tests/setup/postgres.ts';
import { filterToSql } from './filter-sql.ts';
import { aContext, someFilters, someSorts, someTasks, storeTasks } from './testing/filter-cases.ts';

const CHECKS = { datasets: 14, filtersEach: 170 };

const admin = new pg.Client({ connectionString: testPostgresUrl() });
const name = `t_filter_${randomBytes(5).toString('hex')}`;
let db: Database;
beforeAll(async () => {
  await admin.connect();
  // A locale that knows no letter outside ASCII: what the filter means must not depend on the database's own.
  await admin.query(
    `create database ${name} template template0 encoding 'UTF8' locale_provider builtin builtin_locale 'C'`,
  );
  const url = new URL(testPostgresUrl());
  url.pathname = `/${name}`;
  const folder = new URL('../migrations/', import.meta.url);
  await migrate(url.href, [{ schema: 'tasks', folder, log: true }]);
  db = openDatabase({ url: url.href, schema: 'tasks', max: 1 });
});
afterAll(async () => {
  await db?.close();
  await admin.query(`drop database if exists ${name} with (force)`);
  await admin.end();
});

async function sqlIds(text: string, context: FilterContext): Promise<string[]> {
  const { ast, sort } = parseFilter(text);
  const { where, params, orderBy } = filterToSql(ast, context, 1, sort);
  const sql = `select id from tasks where ${where} order by ${orderBy}`;
  const rows = await db.run<{ id: string }>({ sql, parameters: params });
  return rows.map((row) => encodeId('task', row.id));
}

function memoryIds(text: string, context: FilterContext, tasks: Task[]): string[] {
  const { ast, sort } = parseFilter(text);
  return tasks
    .filter(compileFilter(ast, context))
    .sort(compareTasks(sort, context))
    .map((task) => task.id);
}

describe('memory and SQL', () => {
  test('find the same tasks in the same order, whatever the filter and the text', async () => {
    let checks = 0;
    let found = 0;
    let partial = 0;
    const cases = fc.record({
      context: aContext(),
      tasks: someTasks(),
      filters: fc.array(fc.tuple(someFilters(), someSorts()), {
        minLength: CHECKS.filtersEach,
        maxLength: CHECKS.filtersEach,
      }),
    });
    const property = fc.asyncProperty(cases, async ({ context, tasks, filters }) => {
      await storeTasks(db, tasks);
      const known: FilterContext = {
        ...context,
        findTask: (project, number) =>
          tasks.find((task) => task.project_id === project && task.number === number)?.id,
      };
      await Promise.all(
        filters.map(async ([filter, sort]) => {
          const text = `${filter} ${sort}`;
          const inMemory = memoryIds(text, known, tasks);
          expect(await sqlIds(text, known), text).toEqual(inMemory);
          checks++;
          if (inMemory.length > 0) found++;
          if (inMemory.length > 0 && inMemory.length < tasks.length) partial++;
        }),
      );
    });
    await fc.assert(property, { numRuns: CHECKS.datasets, endOnFailure: true });
    expect(checks).toBeGreaterThanOrEqual(2_000);
    // A test of filters that find nothing would prove little.
    expect(found / checks).toBeGreaterThan(0.4);
    expect(partial / checks).toBeGreaterThan(0.3);
  }, 60_000);

  test('agree on the lower case of every character PostgreSQL knows', async () => {
    const sql = `select chr(cp) as char, lower(chr(cp) collate "pg_c_utf8") as low
      from generate_series(1, 1114111) cp
      where cp not between 55296 and 57343 and lower(chr(cp) collate "pg_c_utf8") <> chr(cp)`;
    const rows = await db.run<{ char: string; low: string }>({ sql, parameters: [] });
    const inSql = new Map(rows.map((row) => [row.char, row.low]));
    expect(inSql.size).toBeGreaterThan(1_400);

    const differ: string[] = [];
    for (let point = 1; point < 0x11_0000; point++) {
      const char = String.fromCodePoint(point);
      if (char.isWellFormed() && lower(char) !== (inSql.get(char) ?? char)) differ.push(char);
    }
    // A newer Unicode on one side may know letters that the other has not heard of.
    const known = await db.run({
      sql: 'select c from unnest($1::text[]) c where unicode_assigned(c)',
      parameters: [differ],
    });
    expect(known).toEqual([]);
  });
});

describe('filterToSql', () => {
  const [context] = fc.sample(aContext(), 1);
  const sqlOf = (text: string, first = 1) => {
    const { ast, sort } = parseFilter(text);
    return filterToSql(ast, context as FilterContext, first, sort);
  };

  test('binds every value, from the parameter it is told', () => {
    const { where, params, orderBy } = sqlOf(`"'; drop table tasks; --" priority:>=high sort:-priority`, 4);
    expect(where).toBe(
      '((lower(tasks.title collate "pg_c_utf8") like $4::text) and (tasks.priority = any($5::text[])))',
    );
    expect(params.slice(0, 2)).toEqual(["%'; drop table tasks; --%", ['high', 'urgent']]);
    expect(orderBy).toBe('coalesce(array_position($6::text[], tasks.priority), 0) desc, tasks.id');
    expect(params).toHaveLength(3);
  });

  test('gives one text for filters of one shape, however many values they list', () => {
    expect(sqlOf('priority:low due:<7d').where).toBe(sqlOf('priority:low,high,urgent due:<-2w').where);
    expect(sqlOf('status:done').where).toBe(sqlOf('status:started,backlog').where);
  });

  test('the empty filter is every task, an unknown name is none', async () => {
    expect(sqlOf('').where).toBe('(true)');
    const [{ n } = { n: -1 }] = await db.run<{ n: number }>({
      sql: `select count(*)::int as n from tasks where ${sqlOf('project:nowhere').where}`,
      parameters: sqlOf('project:nowhere').params,
    });
    expect(n).toBe(0);
  });

  test('lists and days use the indexes a condition by hand would use', async () => {
    await db.run({ sql: 'set enable_seqscan = off', parameters: [] }); // the pool has one connection
    for (const [text, index] of [
      ['label:bug', 'tasks_labels'],
      ['assignee:user0', 'tasks_assignees'],
      ['parent:WEB-1', 'tasks_parent'],
    ] as const) {
      const { where, params } = sqlOf(text);
      const plan = await db.run({ sql: `explain select id from tasks where ${where}`, parameters: params });
      expect(JSON.stringify(plan), text).toContain(index);
    }
  });
});
