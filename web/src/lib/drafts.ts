/** Text not sent yet, by the place it was typed in. Leaving the screen or a refused write does not lose it. */
const drafts = new Map<string, string>();
const fields = new Map<string, (text: string) => void>();

export function readDraft(key: string): string {
  return drafts.get(key) ?? '';
}

export function keepDraft(key: string, text: string): void {
  if (text === '') drafts.delete(key);
  else drafts.set(key, text);
}

/** Puts refused text back where it was typed, before whatever is there now. */
export function returnDraft(key: string, text: string): void {
  const whole = [text, readDraft(key)].filter(Boolean).join('\n\n');
  keepDraft(key, whole);
  fields.get(key)?.(whole);
}

/** Lets a field on screen take back its text. Returns how to stop. */
export function onDraftReturned(key: string, take: (text: string) => void): () => void {
  fields.set(key, take);
  return () => {
    if (fields.get(key) === take) fields.delete(key);
  };
}
