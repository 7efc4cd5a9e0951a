import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@gantry/contracts';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html?: string;
}

export interface StoredMail extends Mail {
  id: string;
  at: string;
}

/** Hands mail to whatever delivers it. Called after the commit that caused it, from a job, never inside a transaction. */
export interface MailPort {
  send(mail: Mail): Promise<void>;
  /** Mail kept here instead of being sent, newest first; empty where mail is really sent. */
  outbox(limit: number): Promise<StoredMail[]>;
}

const KEEP = 500;

/** The mail outbox: keeps the last 500 messages as files for an administrator to read. The default without SMTP. */
export function mailOutbox(folder: string): MailPort {
  return {
    async send(mail) {
      await mkdir(folder, { recursive: true });
      const stored: StoredMail = { id: newId('mail'), at: new Date().toISOString(), ...mail };
      await writeFile(join(folder, `${stored.id}.json`), JSON.stringify(stored), { mode: 0o600 });
      const names = (await readdir(folder)).sort();
      for (const name of names.slice(0, Math.max(0, names.length - KEEP)))
        await rm(join(folder, name), { force: true });
    },
    async outbox(limit) {
      const names = await readdir(folder).catch(() => [] as string[]);
      const newest = names.sort().reverse().slice(0, limit);
      return Promise.all(
        newest.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as StoredMail),
      );
    },
  };
}
