import type { FilterNode, FilterSort } from './ast.ts';
import type { FilterColumn } from './fields.ts';
import { type FilterContext, type FilterTest, resolveFilter, resolveSort, type SortTest } from './resolve.ts';
import { compareText, lower } from './text.ts';

/** What a filter reads of a task: the API's Task fits. */
export interface FilterableTask {
  id: string;
  project_id: string;
  number: number;
  title: string;
  description: string;
  status_id: string;
  priority: string;
  assignee_ids: readonly string[];
  label_ids: readonly string[];
  parent_id: string | null;
  start_date: string | null;
  due_date: string | null;
  rank: string;
  comment_count: number;
  subtask_count: number;
  archived: boolean;
  created_by_id: string | null;
  external: { links: readonly unknown[] } | null;
  completed_at: string | null;
  created_at: string;
  updated_at: string;
}

export type TaskMatcher = (task: FilterableTask) => boolean;

/** The filter as a function, made once and run for every task; "today" stays that of the context. */
export function compileFilter(ast: FilterNode, context: FilterContext): TaskMatcher {
  return matcher(resolveFilter(ast, context).test, context);
}

const compiled = new WeakMap<FilterNode, { context: FilterContext; match: TaskMatcher }>();

/** Whether the task is in the filter. Compiles once per tree and context object. */
export function matchesFilter(ast: FilterNode, context: FilterContext, task: FilterableTask): boolean {
  let known = compiled.get(ast);
  if (known?.context !== context) {
    known = { context, match: compileFilter(ast, context) };
    compiled.set(ast, known);
  }
  return known.match(task);
}

function matcher(test: FilterTest, context: FilterContext): TaskMatcher {
  switch (test.test) {
    case 'all':
    case 'any': {
      const all = test.test === 'all';
      const parts = test.of.map((part) => matcher(part, context));
      const [one, two] = parts;
      if (one && parts.length === 1) return one;
      if (one && two && parts.length === 2)
        return all ? (task) => one(task) && two(task) : (task) => one(task) || two(task);
      return all
        ? (task) => {
            for (const part of parts) if (!part(task)) return false;
            return true;
          }
        : (task) => {
            for (const part of parts) if (part(task)) return true;
            return false;
          };
    }
    case 'not': {
      const inner = matcher(test.of, context);
      return (task) => !inner(task);
    }
    case 'in': {
      const { column, values } = test;
      const wanted = new Set<string | null>(values);
      const [only] = values;
      return values.length === 1 && only !== undefined
        ? (task) => task[column] === only
        : (task) => wanted.has(task[column]);
    }
    case 'has': {
      const { column, values } = test;
      return (task) => {
        for (const value of task[column]) if (values.includes(value)) return true;
        return false;
      };
    }
    case 'empty':
      return isEmpty(test.column);
    case 'contains': {
      const { column, needles, sigma } = test;
      const [only = '', other] = needles;
      return (task) => {
        const text = sigma ? lower(task[column]).replaceAll('ς', 'σ') : lower(task[column]);
        return text.includes(only) || (other !== undefined && text.includes(other));
      };
    }
    case 'range': {
      const { column } = test;
      const min = test.min as string | undefined;
      const max = test.max as string | undefined;
      // Numbers compare with numbers, dates with dates: the column decides both.
      return (task) => {
        const value = task[column] as string | null;
        return value !== null && (min === undefined || value >= min) && (max === undefined || value <= max);
      };
    }
    case 'archived':
      return (task) => task.archived;
    case 'parent': {
      const ids = test.projects.map((project) => context.findTask?.(project, test.number));
      return (task) => task.parent_id !== null && ids.includes(task.parent_id);
    }
  }
}

function isEmpty(column: FilterColumn | 'links'): TaskMatcher {
  if (column === 'links') return (task) => task.external?.links?.[0] === undefined;
  return (task) => {
    const value = task[column];
    return value === null || value === '' || (typeof value === 'object' && value.length === 0);
  };
}

/** Orders tasks as the sort says, by hand-made rank where it says nothing; tasks without a value come last. */
export function compareTasks(
  sort: readonly FilterSort[],
  context: FilterContext,
): (a: FilterableTask, b: FilterableTask) => number {
  const keys = resolveSort(sort, context).map(comparator);
  return (a, b) => {
    for (const compare of keys) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  };
}

function comparator({
  column,
  descending,
  order,
}: SortTest): (a: FilterableTask, b: FilterableTask) => number {
  const sign = descending ? -1 : 1;
  if (column === 'title') {
    const titles = new WeakMap<FilterableTask, string>();
    const titleOf = (task: FilterableTask) => {
      let title = titles.get(task);
      if (title === undefined) {
        title = lower(task.title);
        titles.set(task, title);
      }
      return title;
    };
    return (a, b) => sign * compareText(titleOf(a), titleOf(b));
  }
  const places = order && new Map<unknown, number>(order.map((value, i) => [value, i]));
  const keyOf = (task: FilterableTask) =>
    places ? (places.get(task[column]) ?? null) : (task[column] as string | number | null);
  return (a, b) => {
    const x = keyOf(a);
    const y = keyOf(b);
    if (x === y) return 0;
    if (x === null || y === null) return x === null ? 1 : -1;
    return x < y ? -sign : sign;
  };
}
