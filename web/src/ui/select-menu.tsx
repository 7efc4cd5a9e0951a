import { ChevronDown } from 'lucide-react';
import { Menu, MenuChoices } from './menu.tsx';

interface SelectMenuProps<T extends string> {
  label: string;
  value: T;
  onChange: (value: T) => void;
  choices: readonly { value: T; label: string; hint?: string }[];
  disabled?: boolean;
}

/** One of a few values, as a quiet button with a menu. */
export function SelectMenu<T extends string>({
  label,
  value,
  onChange,
  choices,
  disabled,
}: SelectMenuProps<T>) {
  const current = choices.find((choice) => choice.value === value)?.label ?? value;
  if (disabled)
    return <span className="inline-flex h-8 min-w-28 items-center px-2.5 text-ink-2 text-sm">{current}</span>;
  return (
    <Menu
      align="end"
      width="w-64"
      trigger={
        <button
          type="button"
          aria-label={`${label}: ${current}`}
          className="inline-flex h-8 min-w-28 items-center justify-between gap-1.5 rounded-md border border-control bg-raised px-2.5 text-ink text-sm hover:border-line-strong hover:bg-hover data-[popup-open]:bg-selected touch:h-11"
        >
          {current}
          <ChevronDown size={13} aria-hidden className="text-ink-3" />
        </button>
      }
    >
      <MenuChoices
        label={label}
        value={value}
        onChange={onChange}
        choices={choices.map((choice) => ({
          value: choice.value,
          label: choice.hint ? (
            <span className="block whitespace-normal py-0.5">
              <span className="block">{choice.label}</span>
              <span className="block text-ink-3 text-xs">{choice.hint}</span>
            </span>
          ) : (
            choice.label
          ),
        }))}
      />
    </Menu>
  );
}
