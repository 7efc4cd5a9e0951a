import { decodeId, type IdKind } from '../kernel/ids.ts';
import type { FilterError, FilterErrorCode, FilterNode, FilterSort, FilterValue } from './ast.ts';
import { type Calendar, calendarOf, daysOf, isCountAhead, plainDate } from './dates.ts';
import {
  type DateColumn,
  type FilterColumn,
  type FilterField,
  findField,
  type IdColumn,
  type InstantColumn,
  type NumberColumn,
  PRIORITY_ORDER,
  type SetColumn,
  SORT_FIELDS,
  type TextColumn,
} from './fields.ts';
import { compareText, fold, nearest, needlesOf } from './text.ts';
import { isTaskKey, quoteValue, wordOf } from './values.ts';

/** Everything a filter's meaning depends on besides the task. All ids are TypeIDs. */
export interface FilterContext {
  /** The instant that "today" is taken from. */
  now: string;
  /** IANA name, such as Europe/Berlin; see isTimeZone. */
  timeZone: string;
  me: string | null;
  people: readonly {
    id: string;
    username: string | null;
    name: string;
    first_name?: string;
  }[];
  /** In the order of the board. */
  statuses: readonly { id: string; key: string; name: string; category: string }[];
  labels: readonly { id: string; name: string }[];
  projects: readonly { id: string; key: string; name: string }[];
  /** The id of a task by its key, for `parent:WEB-42` in memory. SQL looks for itself. */
  findTask?(projectId: string, number: number): string | null | undefined;
}

/**
 * What a filter asks of a task, names and dates resolved: the one form that memory and SQL give their meaning to.
 * A comparison with nothing is false.
 */
export type FilterTest =
  | { test: 'all' | 'any'; of: FilterTest[] }
  | { test: 'not'; of: FilterTest }
  /** The column is one of the values. */
  | { test: 'in'; column: IdColumn; values: string[] }
  /** The set has one of the values. */
  | { test: 'has'; column: SetColumn; values: string[] }
  /** Null, or an empty set or text. */
  | { test: 'empty'; column: FilterColumn | 'links' }
  /** `lower(column)` contains one of the needles; with `sigma`, after ς became σ in it. */
  | { test: 'contains'; column: TextColumn; needles: string[]; sigma: boolean }
  /** Both ends included; an end left out is open. */
  | { test: 'range'; column: DateColumn | InstantColumn; min?: string; max?: string }
  | { test: 'range'; column: NumberColumn; min?: number; max?: number }
  | { test: 'archived' }
  /** A subtask of the task with this number in one of the projects. */
  | { test: 'parent'; projects: string[]; number: number };

/** What is wrong with a parsed filter in this context: names that do not exist, reversed ranges. Pure. */
export function checkFilter(ast: FilterNode, context: FilterContext): FilterError[] {
  return resolveFilter(ast, context).errors;
}

const CLOSED = ['done', 'canceled'];
const NOTHING: FilterTest = { test: 'any', of: [] };
const not = (of: FilterTest): FilterTest => ({ test: 'not', of });
const empty = (column: FilterColumn | 'links'): FilterTest => ({ test: 'empty', column });

type NameProperty = 'key' | 'name' | 'username' | 'first_name';
type Named = { id: string; category?: string } & { [P in NameProperty]?: string | null };
/** How the things a field names are found: by the properties of the first group of which one fits. */
const NAMED: Record<'status' | 'person' | 'label' | 'project', [kind: IdKind, groups: NameProperty[][]]> = {
  status: ['status', [['key', 'name']]],
  person: ['user', [['username'], ['name'], ['first_name']]],
  label: ['label', [['name']]],
  project: ['project', [['key'], ['name']]],
};

/** The filter's meaning in a context. What is unknown matches nothing and is told in `errors`. */
export function resolveFilter(
  ast: FilterNode,
  context: FilterContext,
): { test: FilterTest; errors: FilterError[] } {
  const errors: FilterError[] = [];
  let known: Calendar | undefined;
  const calendar = () => (known ??= calendarOf(context.now, context.timeZone));
  const fault = (code: FilterErrorCode, { from, to }: FilterValue, message: string, suggestion?: string) => {
    errors.push({ code, from, to, message, ...(suggestion === undefined ? {} : { suggestion }) });
  };
  return { test: nodeTest(ast), errors };

  function nodeTest(node: FilterNode): FilterTest {
    if (node.type === 'and') return { test: 'all', of: node.items.map(nodeTest) };
    if (node.type === 'or') return anyOf(node.items.map(nodeTest));
    if (node.type === 'not') return not(nodeTest(node.item));
    if (node.type === 'text') return wordsTest(node.text);
    const field = findField(node.field);
    return field ? anyOf(node.values.map((value) => valueTest(field, value))) : NOTHING;
  }

  function wordsTest(text: string): FilterTest {
    const title = contains('title', text);
    if (isTaskKey(text)) return anyOf([title, keyTest(text) ?? NOTHING]);
    return isNumber(text) ? anyOf([title, numberIs(text)]) : title;
  }

  function valueTest(field: FilterField, value: FilterValue): FilterTest {
    const { text } = value;
    const column = field.columns[0];
    const word = value.exact ? undefined : wordOf(field, text)?.word;
    if (word === 'none' && field.type !== 'choice') return empty(column as FilterColumn);
    switch (field.type) {
      case 'status':
      case 'person':
      case 'label':
      case 'project': {
        const values = namedIds(field, value, word);
        return column === 'assignee_ids' || column === 'label_ids'
          ? { test: 'has', column, values }
          : { test: 'in', column: column as IdColumn, values };
      }
      case 'parent':
        return parentTest(value);
      case 'key':
        return isNumber(text) ? numberIs(text) : (keyTest(text) ?? noProject(value));
      case 'choice': {
        const all = field.words.map((w) => w.word);
        const place = (name: string) => all.indexOf(wordOf(field, name)?.word ?? '');
        const [low = 0, high = all.length] = bounds(value, place(text), place(value.end ?? text));
        const values = all.filter((_, i) => i >= low && i <= high);
        return { test: 'in', column: column as IdColumn, values };
      }
      case 'flag':
        return flagTest(`${field.name}:${word}`);
      case 'text':
        return anyOf(field.columns.map((each) => contains(each as TextColumn, text)));
      case 'date':
        return dateTest(field, value);
      case 'number': {
        const [min, max] = bounds(value, Number(text), Number(value.end ?? text));
        return { test: 'range', column: column as NumberColumn, min, max };
      }
    }
  }

  function namedIds(field: FilterField, value: FilterValue, word: string | undefined): string[] {
    const { me } = context;
    if (word === 'me') {
      if (me === null) fault('unknown_value', value, 'Nobody is signed in; name a person instead of me.');
      return me === null ? [] : [me];
    }
    const noun = field.type as keyof typeof NAMED;
    const [kind, groups] = NAMED[noun];
    if (decodeId(kind, value.text)) return [value.text];
    const { people, statuses, labels, projects } = context;
    const lists: Record<typeof noun, readonly Named[]> = {
      person: people,
      status: statuses,
      label: labels,
      project: projects,
    };
    const things = lists[noun];
    const wanted = fold(value.text.replace(noun === 'person' ? /^@/ : '', ''));
    const ways = groups.map((group) =>
      things.filter(
        (thing) =>
          (word !== undefined && thing.category === word) ||
          group.some((property) => fold(thing[property] ?? '') === wanted),
      ),
    );
    const found = ways.find((way) => way.length > 0) ?? [];
    if (found.length === 0 && word === undefined) {
      const names = things.flatMap((thing) => groups.flat().map((property) => thing[property] ?? ''));
      const close = nearest(value.text, [...field.words.map((w) => w.word), ...names]);
      const hint = close ? ` Did you mean ${close}?` : '';
      const message = `There is no ${noun} ${value.text} here.${hint}`;
      fault('unknown_value', value, message, close && quoteValue(close));
    }
    return idsOf(found);
  }

  function parentTest(value: FilterValue): FilterTest {
    if (decodeId('task', value.text)) return { test: 'in', column: 'parent_id', values: [value.text] };
    const [projects, number] = keyParts(value.text);
    return projects.length === 0 ? noProject(value) : { test: 'parent', projects, number };
  }

  function keyTest(text: string): FilterTest | undefined {
    const [values, number] = keyParts(text);
    if (values.length === 0) return undefined;
    return { test: 'all', of: [{ test: 'in', column: 'project_id', values }, numberIs(number)] };
  }

  function keyParts(text: string): [projects: string[], number: number] {
    const [prefix = '', number] = text.split('-');
    return [idsOf(context.projects.filter((p) => fold(p.key) === fold(prefix))), Number(number)];
  }

  function noProject(value: FilterValue): FilterTest {
    const prefix = value.text.split('-')[0] ?? '';
    const key = nearest(
      prefix,
      context.projects.map((p) => p.key),
    );
    const message = `No project you can see has the key ${prefix}.`;
    fault('unknown_value', value, message, key && key + value.text.slice(prefix.length));
    return NOTHING;
  }

  /** Lowest and highest value that fit, of things that come in whole steps. */
  function bounds({ op, end, ...value }: FilterValue, first: number, last: number): [number?, number?] {
    if (first > last && end !== undefined) {
      const turned = `${end}..${value.text}`;
      fault('reversed_range', { op, ...value }, `This range ends before it begins; write ${turned}.`, turned);
    }
    if (op === '<') return [undefined, first - 1];
    if (op === '<=') return [undefined, last];
    if (op === '>') return [last + 1, undefined];
    return op === '>=' ? [first, undefined] : [first, last];
  }

  function dateTest(field: FilterField, value: FilterValue): FilterTest {
    const column = field.columns[0] as DateColumn | InstantColumn;
    const end = value.end ?? value.text;
    const ahead = field.ahead === true;
    if (!ahead && [value.text, end].some(isCountAhead)) {
      const message = `Count back with -, such as ${field.name}:>=-7d; ${field.name}: lies in the past.`;
      fault('future_value', value, message);
    }
    const { today, startOf, endOf } = calendar();
    const [first] = daysOf(value.text, today, ahead);
    const [min, max] = bounds(value, first, daysOf(end, today, ahead)[1]);
    const plain = column === 'due_date' || column === 'start_date';
    return {
      test: 'range',
      column,
      ...(min === undefined ? {} : { min: (plain ? plainDate : startOf)(min) }),
      ...(max === undefined ? {} : { max: (plain ? plainDate : endOf)(max) }),
    };
  }

  function flagTest(name: string): FilterTest {
    const among = (categories: readonly string[]): FilterTest => ({
      test: 'in',
      column: 'status_id',
      values: idsOf(context.statuses.filter((s) => categories.includes(s.category))),
    });
    const some = (column: NumberColumn): FilterTest => ({ test: 'range', column, min: 1 });
    switch (name) {
      case 'is:open':
        return not(among(CLOSED));
      case 'is:closed':
        return among(CLOSED);
      case 'is:done':
        return among(['done']);
      case 'is:overdue': {
        const max = plainDate(calendar().today - 1);
        return { test: 'all', of: [{ test: 'range', column: 'due_date', max }, not(among(CLOSED))] };
      }
      case 'is:unassigned':
        return empty('assignee_ids');
      case 'is:archived':
        return { test: 'archived' };
      case 'is:has-subtasks':
      case 'has:subtasks':
        return some('subtask_count');
      case 'has:comments':
        return some('comment_count');
      default: {
        const column = HAS[name];
        return column ? not(empty(column)) : NOTHING;
      }
    }
  }
}

const HAS: Record<string, FilterColumn | 'links'> = {
  'is:subtask': 'parent_id',
  'has:description': 'description',
  'has:due': 'due_date',
  'has:start': 'start_date',
  'has:assignee': 'assignee_ids',
  'has:label': 'label_ids',
  'has:links': 'links',
  'has:parent': 'parent_id',
};

/** One of the tests; lists of the same column become one. */
function anyOf(tests: FilterTest[]): FilterTest {
  const merged: FilterTest[] = [];
  for (const test of tests) {
    const same =
      (test.test === 'in' || test.test === 'has') &&
      merged.find((m) => m.test === test.test && m.column === test.column);
    if (same && 'values' in same) same.values = [...new Set([...same.values, ...test.values])];
    else merged.push(test.test === 'in' || test.test === 'has' ? { ...test } : test);
  }
  return merged.length === 1 && merged[0] ? merged[0] : { test: 'any', of: merged };
}

const contains = (column: TextColumn, text: string): FilterTest => ({
  test: 'contains',
  column,
  ...needlesOf(text),
});
const numberIs = (number: number | string): FilterTest => ({
  test: 'range',
  column: 'number',
  min: Number(number),
  max: Number(number),
});
const isNumber = (text: string) => /^\d+$/.test(text) && text.length < 10;
const idsOf = (things: readonly { id: string }[]) => [...new Set(things.map((thing) => thing.id))];

/** One key of an order. With `order`, a value's place in that list counts; others come behind. Nothing comes last. */
export interface SortTest {
  column: FilterColumn;
  descending: boolean;
  order?: readonly string[];
}

/** The order a sort asks for. `manual` order where it is empty; ties are broken by id, ascending, by whoever sorts. */
export function resolveSort(sort: readonly FilterSort[], context: FilterContext): SortTest[] {
  const keys = sort.flatMap(({ field, descending }): SortTest[] => {
    const column = SORT_FIELDS.find((s) => s.name === field)?.column;
    if (column === undefined) return [];
    if (column === 'priority') return [{ column, descending, order: PRIORITY_ORDER }];
    if (column === 'status_id') return [{ column, descending, order: idsOf(context.statuses) }];
    if (column === 'number' && context.projects.length > 1) {
      const projects = context.projects.toSorted((a, b) => compareText(a.key, b.key));
      return [
        { column: 'project_id', descending, order: idsOf(projects) },
        { column, descending },
      ];
    }
    return [{ column, descending }];
  });
  return keys.length === 0 ? [{ column: 'rank', descending: false }] : keys;
}
