import { useEffect, useRef } from 'react';

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

function inOverlay(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null
  );
}

/** `Mod+K`, `Shift+ArrowUp`, `c`: modifiers in the order Mod, Alt, Shift, then the key. */
export function comboOf(event: KeyboardEvent | React.KeyboardEvent): string {
  const printable = event.key.length === 1;
  const key = printable ? event.key.toLowerCase() : event.key;
  const shift = event.shiftKey && !(printable && !/[a-z]/i.test(event.key));
  return `${event.metaKey || event.ctrlKey ? 'Mod+' : ''}${event.altKey ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${key}`;
}

/** Keys for the whole window. Plain letters are left alone while somebody types or a dialog is open. */
export function useHotkeys(keys: Record<string, (event: KeyboardEvent) => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const combo = comboOf(event);
      const run = latest.current[combo];
      if (!run) return;
      const global = combo === 'Mod+k';
      if (!global && (isTyping(event.target) || inOverlay(event.target))) return;
      event.preventDefault();
      run(event);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
