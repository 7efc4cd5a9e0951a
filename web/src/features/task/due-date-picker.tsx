import { Popover } from '@base-ui/react/popover';
import type { Task } from '@gantry/contracts/tasks';
import { type ReactElement, useRef } from 'react';
import { setDueDate } from '../../entities/task-actions.ts';
import { shortDate, today } from '../../lib/dates.ts';
import { useProjectStore } from '../../sync/react.ts';

interface DueDatePickerProps {
  task: Task;
  trigger: ReactElement;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

function inDays(days: number): string {
  const date = new Date();
  date.setDate(date.getDate() + days);
  return today(date);
}

function nextMonday(): string {
  const weekday = new Date().getDay();
  return inDays((8 - weekday) % 7 || 7);
}

export function DueDatePicker({ task, trigger, open, onOpenChange }: DueDatePickerProps) {
  const store = useProjectStore();
  const input = useRef<HTMLInputElement>(null);
  const set = (date: string | null) => {
    setDueDate(store, task, date);
    onOpenChange(false);
  };
  const choices = [
    { label: 'Today', date: inDays(0) },
    { label: 'Tomorrow', date: inDays(1) },
    { label: 'Next Monday', date: nextMonday() },
    { label: 'In two weeks', date: inDays(14) },
  ];
  const row =
    'flex h-7.5 w-full items-center justify-between rounded-md px-2 text-sm hover:bg-hover focus-visible:bg-hover touch:h-11';
  return (
    <Popover.Root open={open} onOpenChange={onOpenChange}>
      <Popover.Trigger render={trigger} />
      <Popover.Portal>
        <Popover.Positioner align="start" sideOffset={4} collisionPadding={8} className="z-50">
          <Popover.Popup
            aria-label="Due date"
            initialFocus={input}
            className="pop-motion pop w-60 p-1 outline-none"
          >
            <form
              className="border-line border-b p-1.5 pb-2"
              onSubmit={(event) => {
                event.preventDefault();
                set(input.current?.value || null);
              }}
            >
              <input
                ref={input}
                type="date"
                aria-label="Due date"
                defaultValue={task.due_date ?? ''}
                min="1900-01-01"
                max="9999-12-31"
                onBlur={(event) => {
                  const { value } = event.currentTarget;
                  if (value && value !== task.due_date) setDueDate(store, task, value);
                }}
                className="field h-8 w-full px-2 text-sm touch:h-11"
              />
            </form>
            <div className="pt-1">
              {choices.map((choice) => (
                <button key={choice.label} type="button" className={row} onClick={() => set(choice.date)}>
                  {choice.label}
                  <span className="tnum text-ink-3 text-xs">{shortDate(choice.date)}</span>
                </button>
              ))}
              {task.due_date ? (
                <button type="button" className={row} onClick={() => set(null)}>
                  Remove the date
                </button>
              ) : null}
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
