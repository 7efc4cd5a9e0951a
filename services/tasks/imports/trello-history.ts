import type { ExternalActor } from '@gantry/contracts';
import { foreignDay, foreignId, foreignLine, foreignText, own, ownObject } from './foreign.ts';
import type { StatusRef } from './import-plan.ts';
import { isObject, type JsonObject } from './source.ts';
import type { TrelloAction } from './trello-board.ts';
import { externalActor } from './trello-people.ts';

/** What actions change about a card or check item, in the file's own terms. */
export interface Facts {
  title: string;
  description: string;
  status: StatusRef;
  start: string | null;
  due: string | null;
  archived: boolean;
  dueComplete: boolean;
  members: readonly string[];
  labels: readonly string[];
}

/** One action as a change of facts: values set (with those they replaced), members of a set added or removed. */
export interface Step {
  at: string;
  actor: ExternalActor;
  action: TrelloAction;
  from: Partial<Facts>;
  to: Partial<Facts>;
  add?: Membership;
  remove?: Membership;
}
type Membership = { set: 'members' | 'labels'; id: string };

/** What the reader of actions has to know of the rest of the board. */
export interface BoardIndex {
  names: ReadonlyMap<string, string>;
  statusOfList: (listId: string | null) => StatusRef | null;
  labelRef: (label: unknown) => string | null;
  /** Statuses of open and of finished check items. */
  open: StatusRef;
  done: StatusRef;
}

export const CREATIONS: ReadonlySet<string> = new Set([
  'createCard',
  'copyCard',
  'emailCard',
  'convertToCardFromCheckItem',
  'moveCardToBoard',
]);
export const COMMENTS: ReadonlySet<string> = new Set(['commentCard', 'copyCommentCard']);

export function actorOf(action: TrelloAction, names: ReadonlyMap<string, string>): ExternalActor {
  const known = action.actorId === null ? undefined : names.get(action.actorId);
  return externalActor(action.actorId, action.actorName ?? known ?? null);
}

/** The change an action about a card made, or null if it is none we show. Marks what it used of the action. */
export function cardStep(action: TrelloAction, board: BoardIndex): Step | null {
  switch (action.type) {
    case 'updateCard':
      return updateStep(action, board);
    case 'addMemberToCard':
    case 'removeMemberFromCard': {
      const id =
        foreignId(own(action.data, 'idMember')) ??
        foreignId(own(own(action.data, 'member'), 'id')) ??
        foreignId(own(action.source.get('member'), 'id'));
      if (id === null || !board.names.has(id)) return null;
      for (const field of ['data.idMember', 'data.member', 'member'])
        action.source.mapped(field, 'who was assigned');
      return setStep(action, board, { set: 'members', id });
    }
    case 'addLabelToCard':
    case 'removeLabelFromCard': {
      const id = board.labelRef(own(action.data, 'label'));
      if (id === null) return null;
      action.source.mapped('data.label', 'label of the history');
      return setStep(action, board, { set: 'labels', id });
    }
    default:
      return null;
  }
}

/** The change an action about a check item made to its subtask. */
export function checkItemStep(action: TrelloAction, board: BoardIndex): Step | null {
  const item = own(action.data, 'checkItem');
  if (action.type === 'updateCheckItemStateOnCard') {
    const state = own(item, 'state');
    if (state !== 'complete' && state !== 'incomplete') return null;
    action.source.mapped('data.checkItem', 'subtask finished or reopened');
    const [from, to] = state === 'complete' ? [board.open, board.done] : [board.done, board.open];
    return step(action, board, { status: from }, { status: to });
  }
  if (action.type !== 'updateCheckItem') return null;
  const from = line(own(own(action.data, 'old'), 'name'));
  const to = line(own(item, 'name'));
  if (from === null || to === null) return null;
  action.source.mapped('data.checkItem', 'title of the subtask');
  action.source.mapped('data.old', 'title of the subtask before');
  return step(action, board, { title: from }, { title: to });
}

/** How the fields of a card in `data.old` and `data.card` are read. Undefined: not readable, left out. */
const FIELDS: Record<string, (value: unknown) => Partial<Facts> | undefined> = {
  name: (v) => given(line(v), (title) => ({ title })),
  desc: (v) => (typeof v === 'string' ? { description: foreignText(v, 100_000)?.text ?? '' } : undefined),
  due: (v) => (v === null ? { due: null } : given(foreignDay(v), (due) => ({ due }))),
  start: (v) => (v === null ? { start: null } : given(foreignDay(v), (start) => ({ start }))),
  closed: (v) => (typeof v === 'boolean' ? { archived: v } : undefined),
  dueComplete: (v) => (typeof v === 'boolean' ? { dueComplete: v } : undefined),
};

function updateStep(action: TrelloAction, board: BoardIndex): Step | null {
  const old = ownObject(action.data, 'old');
  const card = ownObject(action.data, 'card');
  if (old === null) return null;
  const from: Partial<Facts> = {};
  const to: Partial<Facts> = {};
  for (const [field, read] of Object.entries(FIELDS)) {
    if (!Object.hasOwn(old, field)) continue;
    const [before, after] = [read(old[field]), read(own(card, field))];
    if (before === undefined || after === undefined) continue;
    Object.assign(from, before);
    Object.assign(to, after);
  }
  const move = listMove(action.data, old, card, board);
  if (move !== null) {
    from.status = move.from;
    to.status = move.to;
    action.source.mapped('data.listBefore', 'status before');
    action.source.mapped('data.listAfter', 'status after');
  }
  if (Object.keys(to).length === 0) return null;
  action.source.mapped('data.old', 'values before; anything else in it kept raw');
  return step(action, board, from, to);
}

function listMove(data: JsonObject, old: JsonObject, card: JsonObject | null, board: BoardIndex) {
  const from = board.statusOfList(
    foreignId(own(old, 'idList')) ?? foreignId(own(own(data, 'listBefore'), 'id')),
  );
  const to = board.statusOfList(
    foreignId(own(own(data, 'listAfter'), 'id')) ?? foreignId(own(card, 'idList')),
  );
  return from === null || to === null || from === to ? null : { from, to };
}

function setStep(action: TrelloAction, board: BoardIndex, change: Membership): Step | null {
  const made = step(action, board, {}, {});
  return made && { ...made, [action.type.startsWith('add') ? 'add' : 'remove']: change };
}

function step(
  action: TrelloAction,
  board: BoardIndex,
  from: Partial<Facts>,
  to: Partial<Facts>,
): Step | null {
  return action.date === null
    ? null
    : { at: action.date, actor: actorOf(action, board.names), action, from, to };
}

/** Facts after the step. */
export function forward(facts: Facts, { to, add, remove }: Step): Facts {
  return members({ ...facts, ...to }, add, remove);
}

/** Facts before the step. */
export function backward(facts: Facts, { from, add, remove }: Step): Facts {
  return members({ ...facts, ...from }, remove, add);
}

function members(facts: Facts, add: Membership | undefined, remove: Membership | undefined): Facts {
  let result = facts;
  if (add && !facts[add.set].includes(add.id)) result = { ...result, [add.set]: [...facts[add.set], add.id] };
  if (remove) result = { ...result, [remove.set]: result[remove.set].filter((id) => id !== remove.id) };
  return result;
}

/** Actions oldest first; the file lists them newest first, which decides between equal times. */
export function inTimeOrder(actions: readonly TrelloAction[]): TrelloAction[] {
  return actions
    .toReversed()
    .sort((a, b) => ((a.date ?? '') < (b.date ?? '') ? -1 : (a.date ?? '') > (b.date ?? '') ? 1 : 0));
}

function line(value: unknown): string | null {
  return foreignLine(value, 500)?.text ?? null;
}

function given<T, R>(value: T | null, make: (value: T) => R): R | undefined {
  return value === null ? undefined : make(value);
}

/** Time in a Trello id: its first eight hexadecimal digits are seconds since 1970. */
export function timeOfId(id: string): string | null {
  if (!/^[0-9a-f]{24}$/.test(id)) return null;
  const seconds = Number.parseInt(id.slice(0, 8), 16);
  const inTrellosLife = seconds > 1_293_840_000 && seconds < 4_102_444_800;
  return inTrellosLife ? new Date(seconds * 1000).toISOString() : null;
}

export function isAboutCheckItem(action: TrelloAction): boolean {
  return isObject(own(action.data, 'checkItem'));
}
