import type { FilterNode, FilterSort, FilterValue } from './ast.ts';
import { findField } from './fields.ts';
import { parseFilter } from './parse.ts';
import { quoteValue } from './values.ts';

/** The canonical text of a filter: parsing it gives the same tree, positions aside. */
export function printFilter(ast: FilterNode, sort: readonly FilterSort[] = []): string {
  const keys = sort.map((key) => `${key.descending ? '-' : ''}${key.field}`).join(',');
  return [print(ast), ...(keys ? [`sort:${keys}`] : [])].filter(Boolean).join(' ');
}

function print(node: FilterNode): string {
  if (node.type === 'text') return isPlainWord(node.text) ? node.text : quoteValue(node.text, true);
  if (node.type === 'term') return `${node.field}:${node.values.map(printValue).join(',')}`;
  if (node.type === 'not') return `-${nested(node.item, true)}`;
  if (node.type === 'or') return node.items.map((item) => nested(item, false)).join(' or ');
  return node.items.map((item) => nested(item, item.type === 'or')).join(' ');
}

const nested = (node: FilterNode, enclose: boolean) =>
  enclose && (node.type === 'and' || node.type === 'or') ? `(${print(node)})` : print(node);

function printValue({ op, text, end, exact }: FilterValue): string {
  const sign = op === ':' ? '' : op;
  if (end !== undefined) return `${sign}${text}..${end}`;
  return sign + quoteValue(text, exact);
}

const isPlainWord = (text: string) => !/[\s()"“„:<>=≤≥]|^-|^or$/i.test(text);

export interface TermSpec {
  field: string;
  /** As written after the colon: `me`, `>=medium`, `"needs design"`. */
  value: string;
  not?: boolean;
}

/**
 * The filter with this term as well, for builders: the value joins the values of a term of the field that is there,
 * else a new term joins the others. An invalid term changes nothing.
 */
export function withTerm(ast: FilterNode, { field, value, not = false }: TermSpec): FilterNode {
  const parsed = parseFilter(`${not ? '-' : ''}${field}:${value}`);
  const added = parsed.ast;
  const term = termOf(added, not);
  if (parsed.errors.length > 0 || !term) return ast;
  const items = itemsOf(ast);
  const at = items.findIndex((item) => termOf(item, not)?.field === term.field);
  const there = items[at] && termOf(items[at], not);
  if (!there) return rebuilt([...items, added]);
  const known = new Set(there.values.map(printValue));
  const values = [...there.values, ...term.values.filter((v) => !known.has(printValue(v)))];
  const joined: FilterNode = { ...there, values };
  return rebuilt(items.with(at, not ? { ...added, type: 'not', item: joined } : joined));
}

/** The filter without this value of a field, or without the field where `value` is left out. Looks at the top only. */
export function withoutTerm(
  ast: FilterNode,
  { field, value, not = false }: Omit<TermSpec, 'value'> & { value?: string },
): FilterNode {
  const name = findField(field)?.name;
  const asked = value === undefined ? undefined : termOf(parseFilter(`${field}:${value}`).ast, false);
  const gone = new Set(asked?.values.map(printValue));
  const items = itemsOf(ast).flatMap((item): FilterNode[] => {
    const term = termOf(item, not);
    if (!term || term.field !== name) return [item];
    if (value === undefined) return [];
    const values = term.values.filter((v) => !gone.has(printValue(v)));
    if (values.length === 0) return [];
    const left: FilterNode = { ...term, values };
    return [not ? { type: 'not', item: left, from: item.from, to: item.to } : left];
  });
  return rebuilt(items);
}

/** Whether a term of this field (and with this value, as a word) is anywhere in the filter. */
export function hasTerm(ast: FilterNode, field: string, value?: string): boolean {
  if (ast.type === 'and' || ast.type === 'or') return ast.items.some((item) => hasTerm(item, field, value));
  if (ast.type === 'not') return hasTerm(ast.item, field, value);
  if (ast.type === 'text' || ast.field !== field) return false;
  return value === undefined || ast.values.some((v) => v.text.toLowerCase() === value);
}

const itemsOf = (ast: FilterNode) => (ast.type === 'and' ? ast.items : [ast]);

function termOf(node: FilterNode, not: boolean) {
  const inner = not ? (node.type === 'not' ? node.item : undefined) : node;
  return inner?.type === 'term' ? inner : undefined;
}

/** Parsed again, so that positions are those of the canonical text. */
function rebuilt(items: FilterNode[]): FilterNode {
  return parseFilter(printFilter({ type: 'and', items, from: 0, to: 0 })).ast;
}
