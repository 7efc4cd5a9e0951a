import { decodeId, type IdKind } from '../kernel/ids.ts';
import type { FilterError, FilterErrorCode, FilterNode, FilterSort, FilterTerm, FilterValue } from './ast.ts';
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

/** The filter's meaning in a context. What is unknown matches nothing and is told in `errors`. */
export function resolveFilter(
  ast: FilterNode,
  context: FilterContext,
): { test: FilterTest; errors: FilterError[] } {
  const resolver = new Resolver(context);
  return { test: resolver.node(ast), errors: resolver.errors };
}

const NOTHING: FilterTest = { test: 'any', of: [] };
const not = (of: FilterTest): FilterTest => ({ test: 'not', of });
const CLOSED = ['done', 'canceled'];

class Resolver {
  readonly errors: FilterError[] = [];
  private readonly context: FilterContext;
  private known: Calendar | undefined;

  constructor(context: FilterContext) {
    this.context = context;
  }

  node(node: FilterNode): FilterTest {
    if (node.type === 'and') return { test: 'all', of: node.items.map((item) => this.node(item)) };
    if (node.type === 'or') return anyOf(node.items.map((item) => this.node(item)));
    if (node.type === 'not') return not(this.node(node.item));
    if (node.type === 'text') return this.words(node.text);
    return this.term(node);
  }

  private term(node: FilterTerm): FilterTest {
    const field = findField(node.field);
    if (!field) return NOTHING;
    return anyOf(node.values.map((value) => this.value(field, value)));
  }

  private words(text: string): FilterTest {
    const title = contains('title', text);
    if (isTaskKey(text)) return anyOf([title, this.key(text) ?? NOTHING]);
    return /^\d{1,9}$/.test(text) ? anyOf([title, numberIs(text)]) : title;
  }

  private value(field: FilterField, value: FilterValue): FilterTest {
    const { text } = value;
    switch (field.type) {
      case 'status':
        return this.status(field, value);
      case 'person':
        return this.person(field, value);
      case 'label':
        return this.label(field, value);
      case 'project':
        return this.project(value);
      case 'parent':
        return this.parent(value);
      case 'key':
        return /^\d+$/.test(text) ? numberIs(text) : (this.key(text) ?? this.noProject(value, text));
      case 'choice':
        return this.choice(field, value);
      case 'flag':
        return this.flag(`${field.name}:${wordOf(field, text)?.word}`);
      case 'text':
        return anyOf(field.columns.map((column) => contains(column as TextColumn, text)));
      case 'date':
        return this.date(field, value);
      case 'number':
        return this.number(field, value);
    }
  }

  private status(field: FilterField, value: FilterValue): FilterTest {
    const { statuses } = this.context;
    const category = value.exact ? undefined : wordOf(field, value.text)?.word;
    const wanted = fold(value.text);
    const found = statuses.filter(
      (s) => s.category === category || s.key === wanted || fold(s.name) === wanted || s.id === value.text,
    );
    if (found.length === 0 && category === undefined)
      this.unknown(value, 'status', [...field.words.map((w) => w.word), ...statuses.map((s) => s.name)]);
    return { test: 'in', column: 'status_id', values: idsOf(found) };
  }

  private person(field: FilterField, value: FilterValue): FilterTest {
    const column = field.columns[0] as IdColumn | SetColumn;
    const word = value.exact ? undefined : wordOf(field, value.text)?.word;
    if (word === 'none') return { test: 'empty', column };
    const ids = word === 'me' ? this.me(value) : this.people(value);
    return column === 'assignee_ids'
      ? { test: 'has', column, values: ids }
      : { test: 'in', column: 'created_by_id', values: ids };
  }

  private me(value: FilterValue): string[] {
    const { me } = this.context;
    if (me === null) this.fault('unknown_value', value, 'Nobody is signed in; name a person instead of me.');
    return me === null ? [] : [me];
  }

  /** Username or id first, then the whole name, then the first name, which may mean several people. */
  private people(value: FilterValue): string[] {
    const { people } = this.context;
    const id = knownId('user', value.text);
    if (id) return [id];
    const wanted = fold(value.text.replace(/^@/, ''));
    const named = (nameOf: (p: FilterContext['people'][number]) => string | null | undefined) =>
      people.filter((p) => fold(nameOf(p) ?? '') === wanted);
    const ways = [named((p) => p.username), named((p) => p.name), named((p) => p.first_name)];
    const found = ways.find((list) => list.length > 0) ?? [];
    if (found.length === 0)
      this.unknown(value, 'person', ['me', 'none', ...people.flatMap((p) => [p.username ?? '', p.name])]);
    return idsOf(found);
  }

  private label(field: FilterField, value: FilterValue): FilterTest {
    if (!value.exact && wordOf(field, value.text)) return { test: 'empty', column: 'label_ids' };
    const id = knownId('label', value.text);
    const wanted = fold(value.text);
    const found = this.context.labels.filter((l) => fold(l.name) === wanted);
    if (found.length === 0 && !id)
      this.unknown(
        value,
        'label',
        this.context.labels.map((l) => l.name),
      );
    return { test: 'has', column: 'label_ids', values: id ? [id] : idsOf(found) };
  }

  private project(value: FilterValue): FilterTest {
    const { projects } = this.context;
    const id = knownId('project', value.text);
    const wanted = fold(value.text);
    const byKey = projects.filter((p) => fold(p.key) === wanted);
    const found = byKey.length > 0 ? byKey : projects.filter((p) => fold(p.name) === wanted);
    if (found.length === 0 && !id)
      this.unknown(
        value,
        'project',
        projects.flatMap((p) => [p.key, p.name]),
      );
    return { test: 'in', column: 'project_id', values: id ? [id] : idsOf(found) };
  }

  private parent(value: FilterValue): FilterTest {
    if (fold(value.text) === 'none') return { test: 'empty', column: 'parent_id' };
    const id = knownId('task', value.text);
    if (id) return { test: 'in', column: 'parent_id', values: [id] };
    const { projects, number } = this.keyParts(value.text);
    if (projects.length === 0) return this.noProject(value, value.text);
    return { test: 'parent', projects, number };
  }

  private key(text: string): FilterTest | undefined {
    const { projects, number } = this.keyParts(text);
    if (projects.length === 0) return undefined;
    return {
      test: 'all',
      of: [{ test: 'in', column: 'project_id', values: projects }, numberIs(`${number}`)],
    };
  }

  private keyParts(text: string): { projects: string[]; number: number } {
    const [prefix = '', number] = text.split('-');
    const wanted = fold(prefix);
    const projects = idsOf(this.context.projects.filter((p) => fold(p.key) === wanted));
    return { projects, number: Number(number) };
  }

  private noProject(value: FilterValue, text: string): FilterTest {
    const prefix = text.split('-')[0] ?? '';
    const keys = this.context.projects.map((p) => p.key);
    const key = nearest(prefix, keys);
    const message = `No project you can see has the key ${prefix}.`;
    this.fault('unknown_value', value, message, key && key + text.slice(prefix.length));
    return NOTHING;
  }

  private choice(field: FilterField, value: FilterValue): FilterTest {
    const all = field.words.map((w) => w.word);
    const place = (text: string) => all.indexOf(wordOf(field, text)?.word ?? '');
    const [low, high] = this.bounds(value, place(value.text), place(value.end ?? value.text));
    const values = all.filter((_, i) => i >= (low ?? 0) && i <= (high ?? all.length));
    return { test: 'in', column: field.columns[0] as IdColumn, values };
  }

  private number(field: FilterField, value: FilterValue): FilterTest {
    const [min, max] = this.bounds(value, Number(value.text), Number(value.end ?? value.text));
    return { test: 'range', column: field.columns[0] as NumberColumn, min, max };
  }

  /** Lowest and highest value that fit, of things that come in whole steps. */
  private bounds(value: FilterValue, first: number, last: number): [number | undefined, number | undefined] {
    if (first > last && value.end !== undefined) this.reversed(value);
    if (value.op === '<') return [undefined, first - 1];
    if (value.op === '<=') return [undefined, last];
    if (value.op === '>') return [last + 1, undefined];
    return value.op === '>=' ? [first, undefined] : [first, last];
  }

  private date(field: FilterField, value: FilterValue): FilterTest {
    const column = field.columns[0] as DateColumn | InstantColumn;
    if (wordOf(field, value.text)?.word === 'none') return { test: 'empty', column };
    const texts = value.end === undefined ? [value.text] : [value.text, value.end];
    const ahead = field.ahead === true;
    if (!ahead && texts.some(isCountAhead)) {
      const message = `${field.name}: lies in the past; count back with -, such as ${field.name}:>=-7d.`;
      this.fault('future_value', value, message);
    }
    const { today } = this.calendar;
    const [first, end] = daysOf(value.text, today, ahead);
    const last = value.end === undefined ? end : daysOf(value.end, today, ahead)[1];
    const [min, max] = this.bounds(value, first, last);
    const plain = column === 'due_date' || column === 'start_date';
    const { startOf, endOf } = plain ? { startOf: plainDate, endOf: plainDate } : this.calendar;
    return {
      test: 'range',
      column,
      ...(min === undefined ? {} : { min: startOf(min) }),
      ...(max === undefined ? {} : { max: endOf(max) }),
    };
  }

  private flag(name: string): FilterTest {
    const { context } = this;
    const among = (categories: readonly string[]): FilterTest => ({
      test: 'in',
      column: 'status_id',
      values: idsOf(context.statuses.filter((s) => categories.includes(s.category))),
    });
    const empty = (column: FilterColumn | 'links'): FilterTest => ({ test: 'empty', column });
    switch (name) {
      case 'is:open':
        return not(among(CLOSED));
      case 'is:closed':
        return among(CLOSED);
      case 'is:done':
        return among(['done']);
      case 'is:overdue': {
        const yesterday = plainDate(this.calendar.today - 1);
        return {
          test: 'all',
          of: [{ test: 'range', column: 'due_date', max: yesterday }, not(among(CLOSED))],
        };
      }
      case 'is:unassigned':
        return empty('assignee_ids');
      case 'is:archived':
        return { test: 'archived' };
      case 'is:has-subtasks':
      case 'has:subtasks':
        return { test: 'range', column: 'subtask_count', min: 1 };
      case 'has:comments':
        return { test: 'range', column: 'comment_count', min: 1 };
      default: {
        const column = HAS[name];
        return column ? not(empty(column)) : NOTHING;
      }
    }
  }

  private get calendar(): Calendar {
    this.known ??= calendarOf(this.context.now, this.context.timeZone);
    return this.known;
  }

  private reversed(value: FilterValue) {
    const message = `This range ends before it begins; write ${value.end}..${value.text}.`;
    this.fault('reversed_range', value, message, `${value.end}..${value.text}`);
  }

  private unknown(value: FilterValue, noun: string, candidates: string[]) {
    const close = nearest(value.text, new Set(candidates.filter(Boolean)));
    const hint = close === undefined ? '' : ` Did you mean ${close}?`;
    this.fault(
      'unknown_value',
      value,
      `There is no ${noun} ${value.text} here.${hint}`,
      close && quoteValue(close),
    );
  }

  private fault(code: FilterErrorCode, { from, to }: FilterValue, message: string, suggestion?: string) {
    this.errors.push({ code, from, to, message, ...(suggestion === undefined ? {} : { suggestion }) });
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
const numberIs = (text: string): FilterTest => ({
  test: 'range',
  column: 'number',
  min: Number(text),
  max: Number(text),
});
const idsOf = (things: readonly { id: string }[]) => [...new Set(things.map((thing) => thing.id))];
const knownId = (kind: IdKind, text: string) => (decodeId(kind, text) === null ? undefined : text);

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
