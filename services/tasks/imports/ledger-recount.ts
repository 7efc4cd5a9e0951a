/**
 * A second count of an export, from the raw JSON and this table alone, to check the ledger against. It shares no
 * code with the reader on purpose: what the reader never looked at is still counted here.
 */
const CHILDREN = new Map<string, Map<string, string>>([
  [
    'board',
    new Map([
      ['lists', 'list'],
      ['cards', 'card'],
      ['labels', 'label'],
      ['members', 'member'],
      ['memberships', 'membership'],
      ['checklists', 'checklist'],
      ['customFields', 'customField'],
      ['actions', 'action'],
    ]),
  ],
  [
    'card',
    new Map([
      ['labels', 'card.label'],
      ['attachments', 'attachment'],
      ['checklists', 'checklist'],
      ['customFieldItems', 'customFieldItem'],
      ['stickers', 'sticker'],
      ['pluginData', 'pluginData'],
    ]),
  ],
  ['checklist', new Map([['checkItems', 'checkItem']])],
  ['customField', new Map([['options', 'customField.option']])],
]);

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

type Counts = Map<string, Map<string, number>>;
type Json = { [key: string]: unknown };

/** How often each kind of object (`*`) and each of its fields occurs in the file with a value. */
export function recount(file: unknown): Counts {
  const counts: Counts = new Map();
  countObject(counts, 'board', file);
  return counts;
}

function countObject(counts: Counts, kind: string, value: unknown): void {
  add(counts, kind, '*');
  if (!plain(value)) return;
  for (const key of Object.keys(value)) {
    const part = value[key];
    if (says(part)) countField(counts, kind, key, part);
  }
}

function countField(counts: Counts, kind: string, key: string, part: unknown): void {
  const child = CHILDREN.get(kind)?.get(key) ?? (kind === 'board' ? key : undefined);
  if (child !== undefined && Array.isArray(part) && part.some(plain)) {
    for (const element of part) if (element !== null) countObject(counts, kindOf(child, element), element);
  } else if (kind.startsWith('action.') && key === 'data' && plain(part)) {
    for (const [name, inner] of Object.entries(part)) if (says(inner)) add(counts, kind, `data.${name}`);
  } else add(counts, kind, key);
}

/** Actions are counted by their type, which is 60 printable characters at most. */
function kindOf(child: string, element: unknown): string {
  if (child !== 'action') return child;
  const type = plain(element) && Object.hasOwn(element, 'type') ? element.type : null;
  if (typeof type !== 'string' && typeof type !== 'number') return 'action.unknown';
  const clean = (text: string) =>
    text
      .replace(/[\t\r\n\u0085\u2028\u2029]+/g, ' ')
      .replace(CONTROL, '')
      .trim();
  const text = clean(String(type).toWellFormed());
  const whole =
    text.length <= 60 ? text : clean(text.slice(0, /[\ud800-\udbff]/.test(text.charAt(59)) ? 59 : 60));
  return `action.${whole === '' ? 'unknown' : whole}`;
}

function says(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function plain(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function add(counts: Counts, kind: string, field: string): void {
  const fields = counts.get(kind);
  if (fields === undefined) counts.set(kind, new Map([[field, 1]]));
  else fields.set(field, (fields.get(field) ?? 0) + 1);
}
