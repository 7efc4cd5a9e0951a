import { Menu as Base } from '@base-ui/react/menu';
import clsx from 'clsx';
import { Check } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';

interface MenuProps {
  trigger: ReactElement;
  children: ReactNode;
  align?: 'start' | 'center' | 'end';
  side?: 'top' | 'bottom';
  width?: string;
}

/** A button that opens a list of actions. */
export function Menu({ trigger, children, align = 'start', side = 'bottom', width = 'min-w-48' }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        {/* A landmark of its own while it is open: it stands outside those of the page. */}
        <section aria-label="Menu">
          <Base.Positioner side={side} align={align} sideOffset={4} className="z-50">
            <Base.Popup
              className={clsx('pop-motion pop max-h-[70vh] overflow-y-auto p-1 outline-none', width)}
            >
              {children}
            </Base.Popup>
          </Base.Positioner>
        </section>
      </Base.Portal>
    </Base.Root>
  );
}

const ITEM =
  'flex min-h-7 touch:min-h-11 items-center gap-2 rounded-md px-2 py-1 text-sm text-ink outline-none data-[highlighted]:bg-hover';

interface ItemProps {
  children: ReactNode;
  icon?: ReactNode;
  trailing?: ReactNode;
  onClick?: () => void;
  danger?: boolean;
}

export function MenuItem({ children, icon, trailing, onClick, danger }: ItemProps) {
  return (
    <Base.Item className={clsx(ITEM, danger && 'text-danger!')} {...(onClick ? { onClick } : {})}>
      {icon ? <span className="flex w-4 justify-center text-ink-3">{icon}</span> : null}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {trailing}
    </Base.Item>
  );
}

export function MenuChoices<T extends string>(props: {
  label: string;
  value: T;
  onChange: (value: T) => void;
  choices: readonly { value: T; label: ReactNode; icon?: ReactNode }[];
}) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 pt-1.5 pb-1 font-medium text-2xs text-ink-3">
        {props.label}
      </Base.GroupLabel>
      <Base.RadioGroup value={props.value} onValueChange={(value) => props.onChange(value as T)}>
        {props.choices.map((choice) => (
          <Base.RadioItem key={choice.value} value={choice.value} closeOnClick className={ITEM}>
            {choice.icon ? <span className="flex w-4 justify-center text-ink-3">{choice.icon}</span> : null}
            <span className="min-w-0 flex-1 truncate">{choice.label}</span>
            <Base.RadioItemIndicator className="text-accent-text">
              <Check size={14} aria-hidden />
            </Base.RadioItemIndicator>
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}

export function MenuLine() {
  return <Base.Separator className="-mx-1 my-1 h-px bg-line" />;
}
