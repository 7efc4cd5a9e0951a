import fc from 'fast-check';
import type { FilterNode } from '../index.ts';

type Bare<T> = T extends readonly (infer U)[]
  ? Bare<U>[]
  : T extends object
    ? { [K in Exclude<keyof T, 'from' | 'to'>]: Bare<T[K]> }
    : T;

/** The tree alone, to be compared with one from another text. */
export function withoutPositions(node: FilterNode): Bare<FilterNode> {
  return JSON.parse(
    JSON.stringify(node, (key, value) => (key === 'from' || key === 'to' ? undefined : value)),
  );
}

const at = { from: 0, to: 0 };
// A text is one line; other control characters become spaces and lone surrogates a replacement sign.
const words = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }),
    fc
      .array(fc.constantFrom('or', '-', '"', '\\', '(', ')', ',', ':', '“', '”', ' ', 'label:x', '<', '='), {
        minLength: 1,
        maxLength: 4,
      })
      .map((parts) => parts.join('')),
  )
  .map((text) => text.toWellFormed().replace(/\p{Cc}/gu, ' '));
const reserved: Record<string, RegExp> = {
  label: /^none$/i,
  assignee: /^(none|me)$/i,
  status: /^(backlog|unstarted|started|done|canceled)$/i,
};
const names = (field: string) =>
  fc
    .record({ text: fc.oneof(words, fc.constantFrom('none', 'me', 'done', 'Started')), exact: fc.boolean() })
    .map(({ text, exact }) => ({
      op: ':',
      text,
      ...at,
      ...(exact && reserved[field]?.test(text) ? { exact: true } : {}),
    }));
const ordered = (values: string[]) =>
  fc.oneof(
    fc.record({ op: fc.constantFrom(':', '<', '<=', '>', '>='), text: fc.constantFrom(...values) }),
    fc.record({ op: fc.constant(':'), text: fc.constantFrom(...values), end: fc.constantFrom(...values) }),
  );
const term = (field: string, value: fc.Arbitrary<object>) =>
  fc
    .array(value, { minLength: 1, maxLength: 3 })
    .map((values) => ({ type: 'term', field, values: values.map((v) => ({ ...v, ...at })), ...at }));

const leaf = fc.oneof(
  words.map((text) => ({ type: 'text', text, ...at })),
  ...['label', 'assignee', 'status', 'title', 'project'].map((field) => term(field, names(field))),
  term('due', ordered(['7d', '-2w', 'today', 'MONDAY', '2026-01-01', '2026-02', 'last-week'])),
  term('priority', ordered(['none', 'low', 'High'])),
  term('comments', ordered(['0', '12'])),
  term(
    'is',
    fc.constantFrom('open', 'overdue').map((text) => ({ op: ':', text })),
  ),
);

/** Trees as the parser makes them: no group in a group of its kind, none with one item. */
export function someTrees(): fc.Arbitrary<unknown> {
  type Tree = { type: string; items?: Tree[] };
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      { weight: 4, arbitrary: leaf as fc.Arbitrary<Tree> },
      { weight: 1, arbitrary: tie('tree').map((item) => ({ type: 'not', item, ...at })) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom('and', 'or'), fc.array(tie('tree'), { minLength: 2, maxLength: 3 }))
          .map(([type, parts]) => ({
            type,
            items: parts.flatMap((part) => (part.type === type ? (part.items ?? []) : [part])),
            ...at,
          })),
      },
    ),
  }));
  return tree;
}
