import { foreignId, own } from './foreign.ts';
import type { PlanComment, PlanTask, TaskState } from './import-plan.ts';
import type { Source } from './source.ts';
import type {
  TrelloAction,
  TrelloBoard,
  TrelloCard,
  TrelloCheckItem,
  TrelloChecklist,
} from './trello-board.ts';
import type { Columns, Labels } from './trello-columns.ts';
import {
  actorOf,
  type BoardIndex,
  COMMENTS,
  CREATIONS,
  cardStep,
  checkItemStep,
  type Facts,
  inTimeOrder,
  isAboutCheckItem,
  type Step,
  timeOfId,
} from './trello-history.ts';
import { replay } from './trello-replay.ts';

const MAX_IN_SET = 50;
const NO_TITLE = 'Untitled';
type TaskDraft = Omit<PlanTask, 'rank'>;

/** Cards and check items as tasks, in board order, each card followed by its subtasks. */
export function planTasks(
  board: TrelloBoard,
  columns: Columns,
  labels: Labels,
  names: ReadonlyMap<string, string>,
  matches: ReadonlyMap<string, string>,
): { tasks: TaskDraft[]; homes: Set<Source> } {
  const index: BoardIndex = {
    names,
    statusOfList: columns.ofList,
    labelRef: labels.refOf,
    open: columns.open,
    done: columns.done,
  };
  const homes = new Set<Source>();
  const cards = uniqueCards(board);
  const checklists = Map.groupBy(board.checklists, (c) => c.cardId);
  const actions = Map.groupBy(inTimeOrder(board.actions), (a) => a.cardId);
  const usedItems = new Set<string>();
  const usedComments = new Set<string>();
  const isDone = (facts: Facts) => facts.dueComplete || columns.isDone(facts.status);

  const toState = (facts: Facts, completed_at: string | null): TaskState => ({
    title: facts.title,
    description: facts.description,
    status: facts.status,
    start_date: facts.start,
    due_date: facts.due,
    archived: facts.archived,
    completed_at,
    assignees: [...new Set(facts.members.flatMap((id) => matches.get(id) ?? []))].slice(0, MAX_IN_SET),
    people: facts.members
      .flatMap((id) => (matches.has(id) ? [] : (names.get(id) ?? [])))
      .slice(0, MAX_IN_SET),
    labels: [...facts.labels].slice(0, MAX_IN_SET),
  });

  const cardTask = (card: TrelloCard, own: TrelloAction[], lists: TrelloChecklist[]): TaskDraft => {
    const origin = creationOf(own);
    const steps = own.flatMap((action) =>
      tookStep(action, isAboutCheckItem(action) ? null : cardStep(action, index)),
    );
    const created = earliest(origin?.date ?? timeOfId(card.id), steps[0]?.at) ?? card.lastActivity;
    const times = { created, completed: card.completedAt, lastActivity: card.lastActivity };
    const { initial, final, history } = replay(
      factsOf(card, columns, labels, names),
      steps,
      times,
      toState,
      isDone,
    );
    return {
      external_id: card.id,
      parent: null,
      url: card.url,
      links: card.attachments.map(({ name, url }) => ({ name, url })),
      creator: origin === null ? null : actorOf(origin, names),
      created_at: created,
      updated_at: card.lastActivity ?? history.at(-1)?.at ?? created,
      initial,
      final,
      history,
      comments: own.flatMap((action) => commentOf(action, names, usedComments)),
      raw: rawOf(card, lists, own),
    };
  };

  const itemTask = (
    card: TaskDraft,
    complete: boolean,
    checklist: TrelloChecklist,
    item: TrelloCheckItem,
    own: TrelloAction[],
  ): TaskDraft => {
    const external_id = item.id ?? `${card.external_id}-item-${usedItems.size}`;
    const origin = own.find((action) => action.type === 'createCheckItem') ?? null;
    const steps = own.flatMap((action) => tookStep(action, checkItemStep(action, index)));
    const created = earliest(origin?.date ?? timeOfId(external_id) ?? card.created_at, steps[0]?.at);
    const times = { created, completed: null, lastActivity: complete ? card.updated_at : null };
    const facts: Facts = {
      title: item.title ?? NO_TITLE,
      description: checklist.name === null ? '' : `Checklist: ${checklist.name}`,
      status: complete ? columns.done : columns.open,
      start: null,
      due: item.due,
      archived: card.final.archived,
      dueComplete: false,
      members: item.memberId !== null && names.has(item.memberId) ? [item.memberId] : [],
      labels: [],
    };
    if (origin) creates(origin);
    if (item.id !== null) item.source.mapped('id', 'remembered, so that it is never imported twice');
    if (facts.members.length > 0) item.source.mapped('idMember', 'assignee of the subtask');
    item.source.mapped(null, 'subtask');
    const { initial, final, history } = replay(facts, steps, times, toState, isDone);
    return {
      external_id,
      parent: card.external_id,
      url: null,
      links: [],
      creator: origin === null ? card.creator : actorOf(origin, names),
      created_at: created,
      updated_at: history.at(-1)?.at ?? created,
      initial,
      final,
      history,
      comments: [],
      raw: null,
    };
  };

  const tasks = inBoardOrder(cards, columns).flatMap((card) => {
    const own = actions.get(card.id) ?? [];
    const lists = (checklists.get(card.id) ?? []).toSorted((a, b) => a.pos - b.pos);
    for (const source of [card.source, ...lists.map((c) => c.source), ...own.map((a) => a.source)])
      homes.add(source);
    const task = cardTask(card, own, lists);
    const ofItem = Map.groupBy(own.filter(isAboutCheckItem), itemIdOf);
    const subtasks = lists.flatMap((checklist) => {
      acceptChecklist(checklist);
      return checklist.items
        .toSorted((a, b) => a.pos - b.pos)
        .filter((item) => isNew(item, usedItems))
        .map((item) =>
          itemTask(task, isComplete(card, item), checklist, item, (item.id && ofItem.get(item.id)) || []),
        );
    });
    return [task, ...subtasks];
  });
  for (const [cardId, lists] of checklists)
    if (!cards.has(cardId ?? ''))
      for (const { source } of lists) source.reject('its card is not in the file');
  return { tasks, homes };
}

function uniqueCards(board: TrelloBoard): Map<string, TrelloCard> {
  const cards = new Map<string, TrelloCard>();
  for (const card of board.cards) {
    if (card.title === null && card.description === null && card.source.get('id') === undefined)
      card.source.reject('neither id nor text');
    else if (cards.has(card.id)) card.source.reject('same id as an earlier card');
    else {
      cards.set(card.id, card);
      card.source.mapped(null, 'task');
    }
  }
  return cards;
}

function inBoardOrder(cards: ReadonlyMap<string, TrelloCard>, columns: Columns): TrelloCard[] {
  const column = (card: TrelloCard) =>
    columns.order.get(columns.ofList(card.listId) ?? '') ?? columns.order.size;
  return [...cards.values()].sort(
    (a, b) => column(a) - column(b) || (a.pos < b.pos ? -1 : a.pos > b.pos ? 1 : 0),
  );
}

function factsOf(
  card: TrelloCard,
  columns: Columns,
  labels: Labels,
  names: ReadonlyMap<string, string>,
): Facts {
  const status = columns.ofList(card.listId);
  if (status === null) card.source.kept('idList', 'its list is not in the file');
  else card.source.mapped('idList', 'status');
  const members = card.memberIds.filter((id) => names.has(id));
  if (members.length > 0) card.source.mapped('idMembers', 'assignees, or their names');
  const found = [
    ...card.labelIds.map((id) => ({ id })),
    ...card.labels.map((l) => l.source.fields),
    ...card.labelColors.map((color) => ({ color })),
  ].flatMap((label) => labels.refOf(label) ?? []);
  if (card.labelIds.length > 0 && found.length > 0) card.source.mapped('idLabels', 'labels of the task');
  return {
    title: card.title ?? NO_TITLE,
    description: card.description ?? '',
    status: status ?? columns.open,
    start: card.start,
    due: card.due,
    archived: card.closed,
    dueComplete: card.dueComplete,
    members,
    labels: [...new Set(found)],
  };
}

function acceptChecklist(checklist: TrelloChecklist): void {
  if (checklist.items.length === 0) checklist.source.reject('it has no items');
  else {
    checklist.source.mapped(null, 'its items are subtasks of the card');
    checklist.source.mapped('idCard', 'parent of its subtasks');
  }
}

function isNew(item: TrelloCheckItem, used: Set<string>): boolean {
  const id = item.id ?? `-${used.size}`;
  if (used.has(id)) item.source.reject('same id as an earlier item');
  return !used.has(id) && used.add(id).size > 0;
}

function isComplete(card: TrelloCard, item: TrelloCheckItem): boolean {
  return item.complete ?? (item.id !== null && card.completeItems.has(item.id));
}

function itemIdOf(action: TrelloAction): string | null {
  return foreignId(own(own(action.data, 'checkItem'), 'id'));
}

/** The action that made the card; later ones of that kind are only kept. */
function creationOf(actions: readonly TrelloAction[]): TrelloAction | null {
  const origin = actions.find((a) => CREATIONS.has(a.type) && a.date !== null) ?? null;
  if (origin) creates(origin);
  return origin;
}

function creates(action: TrelloAction): void {
  interpreted(action, 'who made the task, and when');
}

function tookStep(action: TrelloAction, step: Step | null): Step[] {
  if (step === null) return [];
  interpreted(action, 'change in the history');
  return [step];
}

function interpreted(action: TrelloAction, note: string): void {
  action.source.mapped(null, note);
  action.source.mapped('type', note);
  action.source.mapped('data.card', 'which task');
  action.source.mapped('date', 'time of it');
  action.source.mapped('idMemberCreator', 'original author');
  action.source.mapped('memberCreator', 'name of the original author');
}

function commentOf(
  action: TrelloAction,
  names: ReadonlyMap<string, string>,
  used: Set<string>,
): PlanComment[] {
  const { text, date } = action;
  if (!COMMENTS.has(action.type) || text === null || date === null) return [];
  const external_id = action.id ?? `${action.cardId}-comment-${used.size}`;
  if (used.has(external_id)) {
    action.source.reject('same id as an earlier action');
    return [];
  }
  used.add(external_id);
  interpreted(action, 'comment');
  action.source.mapped('id', 'remembered, so that it is never imported twice');
  action.source.mapped(
    'data.text',
    text.altered ? `comment; some ${text.altered}, whole text kept raw` : 'comment',
  );
  if (action.editedAt !== null) action.source.mapped('data.dateLastEdited', 'time of the last edit');
  return [
    {
      external_id,
      author: actorOf(action, names),
      content: text.text,
      created_at: date,
      edited_at: action.editedAt,
    },
  ];
}

function rawOf(card: TrelloCard, checklists: readonly TrelloChecklist[], actions: readonly TrelloAction[]) {
  const apart = checklists
    .map(({ source }) => source.value)
    .filter((v) => !includes(card.source.get('checklists'), v));
  return {
    card: card.source.value,
    ...(apart.length === 0 ? {} : { checklists: apart }),
    ...(actions.length === 0 ? {} : { actions: actions.map(({ source }) => source.value) }),
  };
}

function includes(array: unknown, value: unknown): boolean {
  return Array.isArray(array) && array.includes(value);
}

function earliest(a: string | null | undefined, b: string | null | undefined): string | null {
  if (a === null || a === undefined) return b ?? null;
  return b !== null && b !== undefined && b < a ? b : a;
}
