import type { StoredMail } from '@gantry/kit';
import { expect } from 'vitest';
import type { TestGantry } from '../../../tests/setup/gantry.ts';

/** Waits for the newest mail to this address that was not seen before. */
export function mailbox(gantry: TestGantry) {
  const seen = new Set<string>();
  const outbox = () => gantry.runtimeOf('users').services.get('users')?.mail.outbox(500) ?? [];
  return {
    async next(to: string): Promise<StoredMail & { token: string }> {
      let found: StoredMail | undefined;
      const look = async () => {
        found = (await outbox()).find((mail) => mail.to === to && !seen.has(mail.id));
        return found !== undefined;
      };
      await expect.poll(look, { timeout: 8000 }).toBe(true);
      if (!found) throw new Error(`no mail to ${to}`);
      seen.add(found.id);
      return { ...found, token: /#([\w-]+)/.exec(found.text)?.[1] ?? '' };
    },
    /** How many mails this address has, after the queue had time to empty. */
    async count(to: string): Promise<number> {
      await new Promise((resolve) => setTimeout(resolve, 2200));
      return (await outbox()).filter((mail) => mail.to === to).length;
    },
  };
}
