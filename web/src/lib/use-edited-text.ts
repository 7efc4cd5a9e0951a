import { useCallback, useEffect, useRef, useState } from 'react';

const SAVE_AFTER_MS = 1_200;

export interface EditedText {
  text: string;
  editing: boolean;
  /** Somebody else changed it while it was being edited here. */
  changedElsewhere: boolean;
  start(): void;
  change(text: string): void;
  /** Saves now and stops editing. */
  finish(): void;
  /** Back to what it was. */
  cancel(): void;
}

/**
 * Text that saves itself: a moment after the last key, and on leaving. While it is edited, what comes from
 * outside does not touch it.
 */
export function useEditedText(value: string, save: (text: string) => void): EditedText {
  const [draft, setDraft] = useState<string | null>(null);
  const [base, setBase] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const pending = useRef<string | null>(null);
  const latestSave = useRef(save);
  latestSave.current = save;

  const flush = useCallback(() => {
    if (timer.current) clearTimeout(timer.current);
    timer.current = null;
    const text = pending.current;
    pending.current = null;
    if (text === null) return;
    setBase(text);
    latestSave.current(text);
  }, []);
  // Leaving the screen in the middle of a word must not lose it.
  useEffect(() => flush, [flush]);

  return {
    text: draft ?? value,
    editing: draft !== null,
    changedElsewhere: draft !== null && value !== base && value !== draft,
    start: () => {
      setDraft(value);
      setBase(value);
    },
    change: (text) => {
      setDraft(text);
      pending.current = text;
      if (timer.current) clearTimeout(timer.current);
      timer.current = setTimeout(flush, SAVE_AFTER_MS);
    },
    finish: () => {
      flush();
      setDraft(null);
    },
    cancel: () => {
      if (timer.current) clearTimeout(timer.current);
      timer.current = null;
      pending.current = null;
      setDraft(null);
    },
  };
}
