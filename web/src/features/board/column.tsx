import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { autoScrollForElements } from '@atlaskit/pragmatic-drag-and-drop-auto-scroll/element';
import type { Status } from '@gantry/contracts/tasks';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import clsx from 'clsx';
import { Plus } from 'lucide-react';
import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { StatusIcon, startedProgress } from '../../entities/status-icon.tsx';
import { useColumn, useProjectStore, useStatuses } from '../../sync/react.ts';
import { IconButton } from '../../ui/button.tsx';
import { useBoard } from './board-context.ts';
import { Card } from './card.tsx';
import { isCardData } from './drag-data.ts';
import { QuickAdd } from './quick-add.tsx';
import { useFiltered } from './task-filter.ts';

const GAP = 8;

export function Column({ status, query, first }: { status: Status; query: string; first: boolean }) {
  const board = useBoard();
  const statuses = useStatuses();
  const all = useColumn(status.id);
  const ids = useFiltered(all, query, board.people);
  const [composing, setComposing] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);
  const over = useColumnDrop(scroller, status.id, board.mayEdit);
  const count = ids.length === all.length ? String(all.length) : `${ids.length} of ${all.length}`;
  const name = `${status.name}, ${count} ${all.length === 1 ? 'task' : 'tasks'}`;
  return (
    <section
      aria-label={name}
      data-column={status.id}
      className={clsx(
        'flex h-full min-h-0 max-w-85 flex-[1_0_280px] snap-start flex-col rounded-xl bg-sunken transition-colors phone:max-w-none phone:flex-[0_0_86vw]',
        over && 'bg-accent-soft!',
      )}
    >
      <header className="flex h-10 shrink-0 items-center gap-2 pr-2 pl-3.5">
        <StatusIcon
          category={status.category}
          color={status.color}
          progress={startedProgress(statuses, status)}
        />
        <h2 className="min-w-0 truncate font-medium text-ink text-sm" dir="auto">
          {status.name}
        </h2>
        <span className="tnum shrink-0 text-ink-3 text-xs">{count}</span>
        <span className="flex-1" />
        {board.mayCreate ? (
          <IconButton size="sm" label={`Add a task to ${status.name}`} onClick={() => setComposing(true)}>
            <Plus size={15} aria-hidden />
          </IconButton>
        ) : null}
      </header>
      <div
        ref={scroller}
        className="min-h-0 flex-1 overflow-y-auto overscroll-y-contain px-2 pb-2 [overflow-anchor:none]"
      >
        {composing ? <QuickAdd statusId={status.id} onClose={() => setComposing(false)} /> : null}
        <CardList
          statusId={status.id}
          ids={ids}
          name={name}
          scroller={scroller}
          onCompose={() => setComposing(true)}
        />
        {over && ids.length === 0 ? <DropSlot /> : null}
        {ids.length === 0 && !composing && !over ? (
          <ColumnEmpty
            first={first}
            filtered={all.length > 0}
            onAdd={board.mayCreate ? () => setComposing(true) : null}
          />
        ) : null}
      </div>
    </section>
  );
}

function DropSlot() {
  return <div aria-hidden className="h-16 rounded-lg border-2 border-accent/50 border-dashed" />;
}

function ColumnEmpty({
  first,
  filtered,
  onAdd,
}: {
  first: boolean;
  filtered: boolean;
  onAdd: (() => void) | null;
}) {
  if (filtered) return <p className="px-2 pt-2 text-ink-3 text-xs">Nothing here matches the filter.</p>;
  if (!first || !onAdd) return null;
  return (
    <button
      type="button"
      onClick={onAdd}
      className="flex w-full flex-col items-start gap-0.5 rounded-lg border border-line-strong border-dashed px-3 py-3 text-left hover:bg-hover"
    >
      <span className="font-medium text-ink text-sm">Add the first task</span>
      <span className="text-ink-3 text-xs">Press C from anywhere, or drop cards into a column.</span>
    </button>
  );
}

interface CardListProps {
  statusId: string;
  ids: readonly string[];
  name: string;
  scroller: RefObject<HTMLDivElement | null>;
  onCompose: () => void;
}

/** The cards of a column; only those near the window of the scroller exist. */
function CardList({ statusId, ids, name, scroller, onCompose }: CardListProps) {
  const board = useBoard();
  const store = useProjectStore();
  const [active, setActive] = useState<string | null>(null);
  const wanted = useRef<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const activeIndex = active ? ids.indexOf(active) : -1;
  const virtualizer = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimate(store.view.tasks.get(ids[index] ?? '')),
    getItemKey: (index) => ids[index] ?? index,
    overscan: 5,
    gap: GAP,
    // The focused card stays, so that focus and a drag survive scrolling away from it.
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      return activeIndex >= 0 && !shown.includes(activeIndex)
        ? [...shown, activeIndex].sort((a, b) => a - b)
        : shown;
    },
  });
  useSteadyScroll(ids, virtualizer, scroller);

  const focusCard = useCallback(
    (id: string) => {
      wanted.current = id;
      const index = ids.indexOf(id);
      if (index >= 0) virtualizer.scrollToIndex(index, { align: 'auto' });
      setActive(id);
    },
    [ids, virtualizer],
  );

  // Focus goes to the wanted card once it is there: it may have to be scrolled to, or arrive from another column.
  useEffect(() => {
    const id = wanted.current;
    if (!id) return;
    const card = list.current?.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"]`);
    if (!card) return;
    wanted.current = null;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  });

  const handle = useMemo(
    () => ({ ids: () => ids, focus: focusCard, compose: onCompose }),
    [ids, focusCard, onCompose],
  );
  useEffect(() => {
    board.register(statusId, handle);
    return () => board.register(statusId, null);
  }, [board, statusId, handle]);

  const items = virtualizer.getVirtualItems();
  const tabbable = activeIndex >= 0 ? active : (ids[items[0]?.index ?? 0] ?? null);
  return (
    <ul
      ref={list}
      aria-label={name}
      className="relative"
      style={{ height: ids.length > 0 ? virtualizer.getTotalSize() : 0 }}
    >
      {items.map((item) => {
        const id = ids[item.index];
        if (!id) return null;
        return (
          <li
            key={item.key}
            ref={virtualizer.measureElement}
            data-index={item.index}
            aria-setsize={ids.length}
            aria-posinset={item.index + 1}
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <Card id={id} tabbable={id === tabbable} onFocus={setActive} />
          </li>
        );
      })}
    </ul>
  );
}

function estimate(
  task: { title: string; label_ids: readonly string[]; due_date: string | null } | undefined,
): number {
  if (!task) return 72;
  const lines = Math.min(3, Math.ceil(task.title.length / 38));
  const meta = task.label_ids.length > 0 || task.due_date;
  return 42 + lines * 18 + (meta ? 28 : 0);
}

/** Keeps the cards one looks at where they are while others come and go above them. */
function useSteadyScroll(
  ids: readonly string[],
  virtualizer: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>,
  scroller: RefObject<HTMLDivElement | null>,
): void {
  const anchor = useRef<{ id: string; top: number } | null>(null);
  const before = useRef(ids);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (before.current !== ids && anchor.current && element.scrollTop > 0) {
      const index = ids.indexOf(anchor.current.id);
      const now = index >= 0 ? virtualizer.measurementsCache[index] : undefined;
      if (now && now.start !== anchor.current.top) element.scrollTop += now.start - anchor.current.top;
    }
    before.current = ids;
    const first = virtualizer.getVirtualItems().find((item) => item.end > element.scrollTop);
    const id = first ? ids[first.index] : undefined;
    anchor.current = first && id ? { id, top: first.start } : null;
  });
}

/** Lets cards be dropped into a column, and scrolls it when one is held near its ends. */
function useColumnDrop(
  scroller: RefObject<HTMLDivElement | null>,
  statusId: string,
  enabled: boolean,
): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const element = scroller.current;
    const column = element?.closest<HTMLElement>('[data-column]');
    if (!element || !column || !enabled) return;
    return combine(
      dropTargetForElements({
        element: column,
        canDrop: ({ source }) => isCardData(source.data),
        getData: () => ({ type: 'column', statusId }),
        onDragEnter: () => setOver(true),
        onDragLeave: () => setOver(false),
        onDrop: () => setOver(false),
      }),
      autoScrollForElements({ element, canScroll: ({ source }) => isCardData(source.data) }),
    );
  }, [scroller, statusId, enabled]);
  return over;
}
