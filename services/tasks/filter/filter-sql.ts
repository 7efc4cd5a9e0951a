import {
  type FilterColumn,
  type FilterContext,
  type FilterNode,
  type FilterSort,
  type FilterTest,
  resolveFilter,
  resolveSort,
  type SortTest,
} from '@gantry/contracts/filter';
import { uuidIn } from '@gantry/kit';

/** One key of an order: never null, so that a cursor can continue behind its value. */
export interface SortColumn {
  sql: string;
  /** Type of the value, as a parameter is cast to it. */
  type: string;
  direction: 'asc' | 'desc';
}

export interface FilterSql {
  /** Condition on a row of `tasks`, never null; `$n` from `firstParam` on. Same text for filters of one shape. */
  where: string;
  params: unknown[];
  /** For `order by`, without the tie by id. */
  columns: SortColumn[];
  /** All of it, tie by id included. */
  orderBy: string;
}

const ID_KINDS = {
  status_id: 'status',
  project_id: 'project',
  created_by_id: 'user',
  parent_id: 'task',
  assignee_ids: 'user',
  label_ids: 'label',
} as const;

/** Unicode's simple lower case whatever the database's own locale, as `lower` of the language has it in memory. */
const LOWER = (column: string) => `lower(tasks.${column} collate "pg_c_utf8")`;

const TYPES: Partial<Record<FilterColumn, string>> = {
  due_date: 'date',
  start_date: 'date',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  completed_at: 'timestamptz',
  comment_count: 'integer',
  subtask_count: 'integer',
  number: 'integer',
  rank: 'text collate "C"',
  title: 'text collate "pg_c_utf8"',
};

/**
 * The filter as SQL over `tasks` (not aliased), with the meaning matchesFilter has. Every value is bound. It does not
 * say which project, trash or archive: that stays with the caller.
 */
export function filterToSql(
  ast: FilterNode,
  context: FilterContext,
  firstParam = 1,
  sort: readonly FilterSort[] = [],
): FilterSql {
  const params: unknown[] = [];
  const bind = (value: unknown, type: string) => {
    params.push(value);
    return `$${firstParam + params.length - 1}::${type}`;
  };
  const where = condition(resolveFilter(ast, context).test, bind);
  const columns = resolveSort(sort, context).map((key) => sortColumn(key, bind));
  const orderBy = [...columns.map((c) => `${c.sql} ${c.direction}`), 'tasks.id'].join(', ');
  return { where: `(${where})`, params, columns, orderBy };
}

type Bind = (value: unknown, type: string) => string;

/** False and null both mean no, until `not`, which takes null for no. */
function condition(test: FilterTest, bind: Bind): string {
  switch (test.test) {
    case 'all':
      return test.of.length === 0 ? 'true' : test.of.map((part) => grouped(part, bind)).join(' and ');
    case 'any':
      return test.of.length === 0 ? 'false' : test.of.map((part) => grouped(part, bind)).join(' or ');
    case 'not':
      return `(${condition(test.of, bind)}) is not true`;
    case 'in': {
      const { column, values } = test;
      if (column === 'priority') return `tasks.priority = any(${bind(values, 'text[]')})`;
      return `tasks.${column} = any(${bind(uuids(column, values), 'uuid[]')})`;
    }
    case 'has':
      return `tasks.${test.column} && ${bind(uuids(test.column, test.values), 'uuid[]')}`;
    case 'empty':
      return emptiness(test.column);
    case 'contains': {
      const text = test.sigma ? `translate(${LOWER(test.column)}, 'ς', 'σ')` : LOWER(test.column);
      const likes = test.needles.map((needle) => `${text} like ${bind(`%${escapeLike(needle)}%`, 'text')}`);
      return likes.join(' or ');
    }
    case 'range': {
      const { column, min, max } = test;
      const type = TYPES[column] ?? 'text';
      const bounds = [
        ...(min === undefined ? [] : [`tasks.${column} >= ${bind(min, type)}`]),
        ...(max === undefined ? [] : [`tasks.${column} <= ${bind(max, type)}`]),
      ];
      return bounds.length === 0 ? `tasks.${column} is not null` : bounds.join(' and ');
    }
    case 'archived':
      return 'tasks.archived';
    case 'parent': {
      const projects = bind(uuids('project_id', test.projects), 'uuid[]');
      const number = bind(test.number, 'integer');
      return `tasks.parent_id in (select p.id from tasks p where p.project_id = any(${projects}) and p.number = ${number} and p.deleted_at is null)`;
    }
  }
}

const grouped = (test: FilterTest, bind: Bind) => `(${condition(test, bind)})`;

function emptiness(column: FilterColumn | 'links'): string {
  if (column === 'links') return "(tasks.external -> 'links' -> 0) is null";
  if (column === 'assignee_ids' || column === 'label_ids') return `tasks.${column} = '{}'`;
  return column === 'title' || column === 'description' ? `tasks.${column} = ''` : `tasks.${column} is null`;
}

function uuids(column: keyof typeof ID_KINDS, ids: readonly string[]): string[] {
  const kind = ID_KINDS[column];
  return ids.map((id) => uuidIn(kind, id));
}

const escapeLike = (text: string) => text.replace(/[\\%_]/g, '\\$&');

/** Nothing comes last in both directions, as the end of time or of the list. */
function sortColumn({ column, descending, order }: SortTest, bind: Bind): SortColumn {
  const direction = descending ? 'desc' : 'asc';
  if (order) {
    const isId = column === 'status_id' || column === 'project_id';
    const list = isId ? bind(uuids(column, order), 'uuid[]') : bind(order, 'text[]');
    const last = descending ? 0 : order.length + 1;
    const sql = `coalesce(array_position(${list}, tasks.${column}), ${last})`;
    return { sql, type: 'integer', direction };
  }
  const type = TYPES[column] ?? 'text';
  if (column === 'title') return { sql: LOWER(column), type, direction };
  if (type !== 'date' && !column.startsWith('completed')) return { sql: `tasks.${column}`, type, direction };
  const end = descending ? '-infinity' : 'infinity';
  return { sql: `coalesce(tasks.${column}, '${end}')`, type, direction };
}
