import { foreignId, foreignLine, own } from './foreign.ts';
import { DONE_STATUS, OPEN_STATUS, type PlanLabel, type PlanStatus, type StatusRef } from './import-plan.ts';
import type { TrelloBoard, TrelloLabel } from './trello-board.ts';
import { colorName, guessCategory, nearestColor, statusColor, uniqueName } from './trello-names.ts';

const MAX_STATUSES = 300;
const MAX_LABELS = 1_000;
const MAX_NAME = 60;

export interface Columns {
  statuses: PlanStatus[];
  /** Place of each status on the board. */
  order: ReadonlyMap<StatusRef, number>;
  ofList: (listId: string | null) => StatusRef | null;
  /** For cards of unknown lists and unfinished check items. */
  open: StatusRef;
  done: StatusRef;
  isDone: (status: StatusRef) => boolean;
}

/** Lists in board order as statuses, archived ones too. */
export function planColumns(board: TrelloBoard): Columns {
  const taken = new Set<string>();
  const statuses: PlanStatus[] = [];
  const refs = new Set<StatusRef>();
  for (const list of board.lists.toSorted((a, b) => a.pos - b.pos)) {
    const ref = `list:${list.id ?? `-${statuses.length}`}`;
    if (refs.has(ref)) list.source.reject('same id as an earlier list');
    else if (statuses.length >= MAX_STATUSES) list.source.reject(`more than ${MAX_STATUSES} lists`);
    else {
      refs.add(ref);
      const name = uniqueName(list.name ?? 'Untitled', taken, MAX_NAME);
      const category = guessCategory(list.name ?? '');
      statuses.push({ ref, name, category, color: statusColor(list.color, category), archived: list.closed });
      list.source.mapped(null, 'status');
      if (list.id !== null) list.source.mapped('id', 'which cards are in it');
    }
  }
  const first = (category: string) => statuses.find((s) => s.category === category && !s.archived)?.ref;
  const done = new Set(statuses.filter((s) => s.category === 'done').map((s) => s.ref)).add(DONE_STATUS);
  return {
    statuses,
    order: new Map(statuses.map((s, i) => [s.ref, i])),
    ofList: (id) => (refs.has(`list:${id}`) ? `list:${id}` : null),
    open: first('unstarted') ?? first('backlog') ?? first('started') ?? OPEN_STATUS,
    done: first('done') ?? DONE_STATUS,
    isDone: (status) => done.has(status),
  };
}

export interface Labels {
  labels: PlanLabel[];
  /** Label a source label (or its JSON) became, by id, else by name and colour. */
  refOf: (label: unknown) => string | null;
}

/**
 * Labels of the board and those only found on cards. Same name and colour are one label; an unnamed label is
 * called like its colour, and left out if no card has it.
 */
export function planLabels(board: TrelloBoard): Labels {
  const used = new Set(board.cards.flatMap((card) => [...card.labelIds, ...card.labels.map((l) => l.id)]));
  const taken = new Set<string>();
  const byLook = new Map<string, PlanLabel>();
  const byId = new Map<string, string>();
  const nameOf = (name: string | null, color: string | null) => {
    const usual = name ?? board.labelNames.get(color ?? '');
    if (name === null && usual !== undefined) board.source.mapped('labelNames', 'names of labels');
    return usual ?? (color === null ? 'Label' : colorName(color));
  };
  const lookOf = (name: string | null, color: string | null) =>
    `${nameOf(name, color).toLowerCase()}\n${color ?? ''}`;

  const add = (label: Pick<TrelloLabel, 'id' | 'name' | 'color'>): boolean => {
    const look = lookOf(label.name, label.color);
    let planned = byLook.get(look);
    if (planned === undefined) {
      if (byLook.size >= MAX_LABELS) return false;
      const plain = nameOf(label.name, label.color);
      const full =
        taken.has(plain.toLowerCase()) && label.color !== null ? `${plain} (${label.color})` : plain;
      planned = {
        ref: `label:${label.id ?? `-${byLook.size}`}`,
        name: uniqueName(full, taken, MAX_NAME),
        color: nearestColor(label.color) ?? 'gray',
      };
      byLook.set(look, planned);
    }
    if (label.id !== null && !byId.has(label.id)) byId.set(label.id, planned.ref);
    return true;
  };

  for (const label of board.labels) {
    if (label.name === null && !used.has(label.id) && !board.labelNames.get(label.color ?? ''))
      label.source.reject('no name, and on no card');
    else if (add(label)) {
      label.source.mapped(null, 'label');
      label.source.mapped('id', 'which cards have it');
    } else label.source.reject(`more than ${MAX_LABELS} labels`);
  }
  if (board.labels.length === 0)
    for (const color of board.labelNames.keys()) add({ id: null, name: null, color });
  for (const card of board.cards) {
    for (const label of card.labels)
      if ((label.id !== null && byId.has(label.id)) || add(label))
        label.source.mapped(null, 'label of the task');
    for (const color of card.labelColors) add({ id: null, name: null, color });
  }

  return {
    labels: [...byLook.values()],
    refOf: (label) => {
      const id = foreignId(own(label, 'id'));
      const color = foreignLine(own(label, 'color'), 254)?.text ?? null;
      const name = foreignLine(own(label, 'name'), MAX_NAME)?.text ?? null;
      return (id === null ? null : byId.get(id)) ?? byLook.get(lookOf(name, color))?.ref ?? null;
    },
  };
}
