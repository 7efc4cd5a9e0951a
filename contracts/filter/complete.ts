import { type FilterField, isOrdered, SORT_FIELDS, TASK_FIELDS } from './fields.ts';
import { type OpenPlace, parseWithPlace } from './parse.ts';
import type { FilterContext } from './resolve.ts';
import { fold } from './text.ts';
import { quoteValue } from './values.ts';

export interface Completion {
  kind: 'field' | 'value' | 'operator' | 'sort';
  /** As shown. */
  label: string;
  /** Text to put at `from`..`to` of the completions. */
  insert: string;
  doc: string;
}

export interface Completions {
  from: number;
  to: number;
  items: Completion[];
}

const MOST = 20;

/** What can stand at the cursor, best first, and the part of the text it would replace. */
export function completeFilter(text: string, cursor: number, context: FilterContext): Completions {
  const at = Math.max(0, Math.min(cursor, text.length));
  const { place } = parseWithPlace(text.slice(0, at));
  const from = place?.from ?? at;
  const to = at + (place ? restOf(place, text.slice(at), text[from] === '"') : 0);
  const found = place ? itemsOf(place, context) : fieldItems();
  return { from, to, items: matching(found, place?.text ?? '').slice(0, MOST) };
}

/** How much of the text behind the cursor belongs to the piece under it. */
function restOf(place: OpenPlace, rest: string, quoted: boolean): number {
  const piece = quoted ? /^[^"]*"?/ : place.kind === 'word' ? /^[^\s()"“„:]*:?/ : /^[^\s,()"“„]*/;
  return piece.exec(rest)?.[0].length ?? 0;
}

function itemsOf(place: OpenPlace, context: FilterContext): Completion[] {
  if (place.kind === 'sort') return sortItems();
  if (place.field) {
    const values = valueItems(place.field, context);
    // A missing day is not before or after any.
    if (place.compared)
      return place.field.type === 'date' ? values.filter((v) => v.insert !== 'none') : values;
    return place.text === '' ? [...values, ...operatorItems(place.field)] : values;
  }
  if (place.text.length < 2) return fieldItems();
  const named = TASK_FIELDS.filter((f) => ['status', 'person', 'label', 'flag'].includes(f.type));
  return [
    ...fieldItems(),
    ...named.flatMap((field) =>
      valueItems(field, context).map((item) => ({
        ...item,
        label: `${field.name}: ${item.label}`,
        insert: `${field.name}:${item.insert}`,
      })),
    ),
  ];
}

function fieldItems(): Completion[] {
  const sort: Completion = { kind: 'field', label: 'sort', insert: 'sort:', doc: 'Order of the tasks.' };
  return [
    ...TASK_FIELDS.map(
      ({ name, doc }): Completion => ({ kind: 'field', label: name, insert: `${name}:`, doc }),
    ),
    sort,
  ];
}

function sortItems(): Completion[] {
  return SORT_FIELDS.map(({ name, doc }) => ({ kind: 'sort', label: name, insert: name, doc }));
}

function operatorItems(field: FilterField): Completion[] {
  if (!isOrdered(field)) return [];
  const [less, more] = field.type === 'date' ? ['before', 'after'] : ['less than', 'more than'];
  const item = (insert: string, doc: string): Completion => ({
    kind: 'operator',
    label: insert,
    insert,
    doc,
  });
  return [item('<', less), item('<=', `${less}, or this`), item('>', more), item('>=', `${more}, or this`)];
}

function valueItems(field: FilterField, context: FilterContext): Completion[] {
  const words = field.words
    .filter((w) => !w.later)
    .map(({ word, doc }): Completion => ({ kind: 'value', label: word, insert: word, doc }));
  const reserved = new Set(words.map((w) => w.label));
  const named = namesOf(field, context).map(
    ([label, insert, doc]): Completion => ({
      kind: 'value',
      label,
      insert: quoteValue(insert, reserved.has(fold(insert))),
      doc,
    }),
  );
  const seen = new Set<string>();
  return [...named, ...words].filter(({ insert }) => !seen.has(fold(insert)) && seen.add(fold(insert)));
}

function namesOf(field: FilterField, context: FilterContext): [label: string, insert: string, doc: string][] {
  switch (field.type) {
    case 'status':
      return context.statuses.map((s) => [s.name, s.name, `status, ${s.category}`]);
    case 'person':
      return context.people.map((p) => [p.name, p.username ?? p.name, p.username ?? '']);
    case 'label':
      return context.labels.map((l) => [l.name, l.name, 'label']);
    case 'project':
    case 'key':
    case 'parent': {
      const end = field.type === 'project' ? '' : '-';
      return context.projects.map((p) => [`${p.key}${end}`, `${p.key}${end}`, p.name]);
    }
    default:
      return [];
  }
}

/** Those that begin with the text, then those with a word that does, then those that contain it. */
function matching(items: Completion[], text: string): Completion[] {
  const wanted = fold(text);
  if (wanted === '') return items;
  const places = items.map((item): [number, Completion] => {
    const label = fold(item.label);
    const plain = fold(item.insert).replace(/^"/, '');
    if (label.startsWith(wanted) || plain.startsWith(wanted)) return [0, item];
    const at = label.indexOf(wanted);
    if (at < 0) return [plain.includes(wanted) ? 2 : 3, item];
    return [/[\s:_-]/.test(label.charAt(at - 1)) ? 1 : 2, item];
  });
  return places
    .filter(([place]) => place < 3)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}
