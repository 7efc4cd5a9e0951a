import {
  foreignHttpUrl,
  foreignId,
  foreignIds,
  foreignInstant,
  foreignLine,
  foreignText,
  own,
} from './foreign.ts';
import { ImportRefused } from './refused.ts';
import { isObject, type JsonObject, Source } from './source.ts';
import { day, flag, instant, line, position, text, word } from './source-fields.ts';
import type {
  TrelloAction,
  TrelloAttachment,
  TrelloBoard,
  TrelloCard,
  TrelloCheckItem,
  TrelloChecklist,
  TrelloLabel,
  TrelloList,
  TrelloMember,
} from './trello-board.ts';

/** Longest texts here; Trello's own limits are lower for most of them. */
const MAX = { title: 500, description: 100_000, name: 60, person: 100, link: 500, comment: 50_000 };
/** Beyond this a file is no board anybody works with; it is refused before it fills the memory. */
const MAX_OBJECTS = 1_000_000;
const MAX_DEPTH = 64;

/** Collections nothing is made of, where the kind is not called like the field. */
const OTHER_COLLECTIONS = new Map([['memberships', 'membership']]);

/**
 * Reads a board export of any age. Wrong or missing values are tolerated and stay in the ledger as kept raw.
 * Throws ImportRefused (`import_not_trello`, `import_too_large`) and nothing else.
 */
export function parseTrello(json: unknown): TrelloBoard {
  refuseDeep(json);
  const root = boardObject(json);
  const reader = new Reader();
  const board = reader.one('board', root);
  board.mapped(null, 'the import into this project');
  const embeddedChecklists: TrelloChecklist[] = [];

  const lists = reader.children(board, 'lists', 'list').map(readList);
  const members = reader.children(board, 'members', 'member').map(readMember);
  const labels = reader.children(board, 'labels', 'label').map(readLabel);
  const cards = reader.children(board, 'cards', 'card').map((source, index) => {
    const card = readCard(source, index, reader);
    embeddedChecklists.push(
      ...reader.children(source, 'checklists', 'checklist').map((s) => readChecklist(s, reader, card.id)),
    );
    return card;
  });
  const checklists = reader
    .children(board, 'checklists', 'checklist')
    .map((s) => readChecklist(s, reader, null));
  const actions = reader
    .children(board, 'actions', (element) => `action.${actionType(element)}`)
    .map(readAction);
  for (const field of reader.children(board, 'customFields', 'customField'))
    reader.children(field, 'options', 'customField.option');
  for (const field of Object.keys(root)) reader.children(board, field, OTHER_COLLECTIONS.get(field) ?? field);

  return {
    source: board,
    sources: reader.sources,
    name: foreignLine(board.get('name'), 200)?.text ?? 'Trello board',
    url: foreignHttpUrl(board.get('shortUrl')) ?? foreignHttpUrl(board.get('url')),
    labelNames: colorNames(board),
    lists,
    members,
    labels,
    cards,
    checklists: [...checklists, ...embeddedChecklists],
    actions,
  };
}

/** Makes a Source for every object of the file once, and remembers them all. */
class Reader {
  readonly sources: Source[] = [];

  one(kind: string, value: unknown): Source {
    if (this.sources.length >= MAX_OBJECTS)
      throw new ImportRefused(
        'import_too_large',
        `The file holds more than ${MAX_OBJECTS.toLocaleString('en')} objects.`,
      );
    const source = new Source(kind, value);
    this.sources.push(source);
    return source;
  }

  /** The objects in an array field. Elements that are no objects are counted and kept, not returned. */
  children(parent: Source, field: string, kind: string | ((element: unknown) => string)): Source[] {
    const value = parent.get(field);
    if (parent.collections.has(field) || !Array.isArray(value) || !value.some(isObject)) return [];
    parent.collections.add(field);
    const found = value
      .filter((element) => element !== null)
      .map((element) => this.one(typeof kind === 'string' ? kind : kind(element), element));
    for (const source of found) parent.children.push(source);
    return found.filter((source) => isObject(source.value));
  }
}

function boardObject(json: unknown): JsonObject {
  if (!isObject(json)) throw notTrello('It holds no object at the top.');
  const has = {
    'a name or id': typeof own(json, 'name') === 'string' || typeof own(json, 'id') === 'string',
    lists: Array.isArray(own(json, 'lists')),
    cards: Array.isArray(own(json, 'cards')),
  };
  const missing = Object.entries(has).flatMap(([what, there]) => (there ? [] : [what]));
  if (missing.length > 1) throw notTrello(`Missing: ${missing.join(', ')}.`);
  return json;
}

function notTrello(what: string): ImportRefused {
  return new ImportRefused('import_not_trello', what);
}

/** Deeper nesting than any board has would break every later reader of the raw data. */
function refuseDeep(json: unknown): void {
  let level: unknown[] = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw notTrello(`It is nested more than ${MAX_DEPTH} levels deep.`);
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      for (const child of Object.values(value))
        if (typeof child === 'object' && child !== null) next.push(child);
    }
    level = next;
  }
}

function readList(source: Source): TrelloList {
  return {
    source,
    id: foreignId(source.get('id')),
    name: line(source, 'name', MAX.name, 'name of the status'),
    closed: flag(source, 'closed', 'archived status'),
    pos: position(source, 'order of the statuses'),
    color: word(source, 'color', 'colour of the status'),
  };
}

function readMember(source: Source): TrelloMember {
  return {
    source,
    id: foreignId(source.get('id')),
    name: line(source, 'fullName', MAX.person, 'name'),
    username: line(source, 'username', MAX.person, 'to find the account'),
    email: word(source, 'email', 'to find the account')?.toLowerCase() ?? null,
  };
}

function readLabel(source: Source): TrelloLabel {
  return {
    source,
    id: foreignId(source.get('id')),
    name: line(source, 'name', MAX.name, 'name of the label'),
    color: word(source, 'color', 'colour of the label'),
  };
}

function readCard(source: Source, index: number, reader: Reader): TrelloCard {
  const own = foreignId(source.get('id'));
  if (own !== null) source.mapped('id', 'remembered, so that it is never imported twice');
  const url = foreignHttpUrl(source.get('shortUrl'));
  const longUrl = foreignHttpUrl(source.get('url'));
  if (url) source.mapped('shortUrl', 'link to the original');
  else if (longUrl) source.mapped('url', 'link to the original');
  const card: TrelloCard = {
    source,
    id: own ?? `card-${index + 1}`,
    title: line(source, 'name', MAX.title, 'title'),
    description: text(source, 'desc', MAX.description, 'description'),
    listId: foreignId(source.get('idList')),
    closed: flag(source, 'closed', 'archived task'),
    pos: position(source, 'order in the column'),
    due: day(source, 'due', 'due date'),
    start: day(source, 'start', 'start date'),
    dueComplete: flag(source, 'dueComplete', 'completed'),
    completedAt: instant(source, 'dateCompleted', 'time of completion'),
    lastActivity: instant(source, 'dateLastActivity', 'time of the last change'),
    url: url ?? longUrl,
    memberIds: foreignIds(source.get('idMembers')),
    labelIds: foreignIds(source.get('idLabels')),
    labels: reader.children(source, 'labels', 'card.label').map(readLabel),
    labelColors: colorWords(source),
    attachments: reader.children(source, 'attachments', 'attachment').flatMap(readAttachment),
    completeItems: completeItems(source),
  };
  reader.children(source, 'customFieldItems', 'customFieldItem');
  reader.children(source, 'stickers', 'sticker');
  reader.children(source, 'pluginData', 'pluginData');
  return card;
}

function readAttachment(source: Source): TrelloAttachment[] {
  const url = foreignHttpUrl(source.get('url'));
  if (url === null) {
    source.kept(null, 'no web address');
    return [];
  }
  source.mapped(null, 'link of the task; the file itself stays where it is');
  source.mapped('url', 'address of the link');
  return [
    { source, url, name: line(source, 'name', MAX.link, 'name of the link') ?? url.slice(0, MAX.link) },
  ];
}

function readChecklist(source: Source, reader: Reader, cardId: string | null): TrelloChecklist {
  const items = reader.children(source, 'checkItems', 'checkItem').map(readCheckItem);
  return {
    source,
    id: foreignId(source.get('id')),
    cardId: foreignId(source.get('idCard')) ?? cardId,
    name: line(source, 'name', MAX.title, 'description of its subtasks'),
    pos: position(source, 'order of the subtasks'),
    items,
  };
}

function readCheckItem(source: Source): TrelloCheckItem {
  const state = source.get('state');
  if (state === 'complete' || state === 'incomplete') source.mapped('state', 'status of the subtask');
  return {
    source,
    id: foreignId(source.get('id')),
    title: line(source, 'name', MAX.title, 'title of the subtask'),
    complete: state === 'complete' ? true : state === 'incomplete' ? false : null,
    due: day(source, 'due', 'due date of the subtask'),
    memberId: foreignId(source.get('idMember')),
    pos: position(source, 'order of the subtasks'),
  };
}

function readAction(source: Source): TrelloAction {
  const creator = source.get('memberCreator') ?? source.get('appCreator');
  const actorId = foreignId(source.get('idMemberCreator')) ?? foreignId(own(creator, 'id'));
  const data = source.get('data');
  return {
    source,
    id: foreignId(source.get('id')),
    type: actionType(source.value),
    date: foreignInstant(source.get('date')),
    actorId,
    actorName:
      foreignLine(own(creator, 'fullName') ?? own(creator, 'username') ?? own(creator, 'name'), MAX.person)
        ?.text ?? null,
    data: isObject(data) ? data : {},
    text: foreignText(own(data, 'text'), MAX.comment),
    editedAt: foreignInstant(own(data, 'dateLastEdited')),
    cardId: foreignId(own(own(data, 'card'), 'id')) ?? foreignId(own(data, 'idCard')),
  };
}

/** Type of an action as ledger rows name it. */
function actionType(element: unknown): string {
  return foreignLine(own(element, 'type'), 60)?.text ?? 'unknown';
}

/** Exports of 2013 name the labels of a card by colour alone. */
function colorWords(source: Source): string[] {
  const value = source.get('labels');
  if (source.collections.has('labels') || !Array.isArray(value)) return [];
  const words = value.filter((v) => typeof v === 'string').flatMap((v) => foreignLine(v, 20)?.text ?? []);
  if (words.length > 0) source.mapped('labels', 'labels of the task');
  return words;
}

/** Old exports keep the state of check items with the card. */
function completeItems(source: Source): ReadonlySet<string> {
  const value = source.get('checkItemStates');
  const states = Array.isArray(value) ? value.filter((s) => own(s, 'state') === 'complete') : [];
  return new Set(foreignIds(states.map((s) => own(s, 'idCheckItem'))));
}

function colorNames(board: Source): ReadonlyMap<string, string> {
  const names = board.get('labelNames');
  if (!isObject(names)) return new Map();
  return new Map(
    Object.entries(names).flatMap(([color, name]) => {
      const read = foreignLine(name, MAX.name);
      return read ? [[color, read.text] as const] : [];
    }),
  );
}
