import { Popover } from '@base-ui/react/popover';
import clsx from 'clsx';
import { Check } from 'lucide-react';
import {
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';

export interface PickerOption {
  value: string;
  label: string;
  icon?: ReactNode;
  hint?: ReactNode;
  /** More words the search finds it by. */
  words?: string;
}

interface OptionListProps {
  label: string;
  /** The options, or those for a search (already matched). */
  options: readonly PickerOption[] | ((query: string) => readonly PickerOption[]);
  selected: readonly string[];
  onPick: (value: string) => void;
  placeholder?: string;
  empty?: ReactNode;
  /** Offered when the search matches nothing exactly: makes a new one of that name. */
  onCreate?: ((name: string) => void) | undefined;
  createLabel?: (name: string) => string;
  className?: string;
  shortcutHint?: ReactNode;
}

/** A search field over a list of options; arrows move, Enter picks. */
export function OptionList(props: OptionListProps) {
  const { label, options, selected, onPick, placeholder, empty, onCreate, className } = props;
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const needle = query.trim().toLowerCase();
  const matches =
    typeof options === 'function'
      ? options(query.trim())
      : options.filter((o) => `${o.label} ${o.words ?? ''}`.toLowerCase().includes(needle));
  const exact = matches.some((o) => o.label.toLowerCase() === needle);
  const creating = onCreate && needle !== '' && !exact;
  const rows: readonly PickerOption[] = creating
    ? [...matches, { value: CREATE, label: props.createLabel?.(query.trim()) ?? `Create “${query.trim()}”` }]
    : matches;
  const current = Math.min(active, Math.max(0, rows.length - 1));

  useEffect(() => {
    list.current?.querySelector(`[data-index="${current}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [current]);

  const pick = (row: PickerOption | undefined) => {
    if (!row) return;
    if (row.value === CREATE) onCreate?.(query.trim());
    else onPick(row.value);
    setQuery('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive(Math.min(rows.length - 1, current + 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(0, current - 1));
    else if (event.key === 'Home') setActive(0);
    else if (event.key === 'End') setActive(rows.length - 1);
    else if (event.key === 'Enter') pick(rows[current]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className={clsx('flex min-h-0 flex-col', className)}>
      <div className="flex items-center border-line border-b">
        <input
          role="combobox"
          aria-label={label}
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={rows[current] ? `${listId}-${current}` : undefined}
          autoComplete="off"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: the list opens because somebody asked to search it
          autoFocus
          value={query}
          placeholder={placeholder ?? `${label}…`}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
          className="h-9 w-full min-w-0 bg-transparent px-3 text-sm outline-none! touch:h-11"
        />
        {props.shortcutHint}
      </div>
      <div ref={list} id={listId} role="listbox" aria-label={label} className="min-h-0 overflow-y-auto p-1">
        {rows.map((row, index) => {
          const isSelected = selected.includes(row.value);
          return (
            // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field, which names the active option
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above handles the keys
            <div
              key={row.value}
              id={`${listId}-${index}`}
              data-index={index}
              role="option"
              aria-selected={isSelected}
              onClick={() => pick(row)}
              onPointerMove={() => setActive(index)}
              className={clsx(
                'flex min-h-7.5 items-center gap-2 rounded-md px-2 py-1 text-sm touch:min-h-11',
                index === current && 'bg-hover',
              )}
            >
              {row.icon ? <span className="flex w-4.5 shrink-0 justify-center">{row.icon}</span> : null}
              <span className="min-w-0 flex-1 truncate">{row.label}</span>
              {row.hint ? <span className="shrink-0 text-ink-3 text-xs">{row.hint}</span> : null}
              {isSelected ? <Check size={14} aria-hidden className="shrink-0 text-accent-text" /> : null}
            </div>
          );
        })}
      </div>
      {rows.length === 0 ? (
        <p className="px-3 pt-1 pb-3 text-ink-3 text-sm">{empty ?? 'Nothing matches.'}</p>
      ) : null}
    </div>
  );
}

const CREATE = '\u0000create';

interface PickerProps extends OptionListProps {
  /** The button that opens it; or give `anchor` and `open` to place it by hand. */
  trigger?: ReactElement;
  anchor?: Element | null;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  /** Stays open after a pick, for sets. */
  multiple?: boolean;
  align?: 'start' | 'center' | 'end';
}

/** An option list in a popover. */
export function Picker({
  trigger,
  anchor,
  open,
  onOpenChange,
  multiple,
  align = 'start',
  ...list
}: PickerProps) {
  const [own, setOwn] = useState(false);
  const isOpen = open ?? own;
  const setOpen = (next: boolean) => {
    setOwn(next);
    onOpenChange?.(next);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      {trigger ? <Popover.Trigger render={trigger} /> : null}
      <Popover.Portal>
        <Popover.Positioner
          align={align}
          sideOffset={4}
          collisionPadding={8}
          {...(anchor ? { anchor } : {})}
          className="z-50"
        >
          <Popover.Popup
            aria-label={list.label}
            className="pop-motion pop flex max-h-[min(360px,var(--available-height))] w-60 flex-col overflow-hidden outline-none"
          >
            <OptionList
              {...list}
              onPick={(value) => {
                list.onPick(value);
                if (!multiple) setOpen(false);
              }}
              onCreate={
                list.onCreate
                  ? (name) => {
                      list.onCreate?.(name);
                      if (!multiple) setOpen(false);
                    }
                  : undefined
              }
            />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
