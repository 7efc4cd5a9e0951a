import { uuidv7 } from '@gantry/contracts';
import type { Presence, ServerFrame } from '@gantry/contracts/notifications';
import type { Principal, Service } from '@gantry/kit';
import {
  PRESENT_MS,
  peopleElsewhere,
  removeInstance,
  removePeople,
  type SeenPerson,
  savePeople,
} from './presence.store.ts';

const TELL_MS = 250;
const POLL_MS = 1_000;
/** People named on one stream at most. */
const MAX_PEOPLE = 100;

interface Seen {
  userId: SeenPerson['userId'];
  name: string;
  at: string | null;
  seenAt: number;
}

export interface Presences {
  /** A socket says where its person is. */
  here(socket: number, stream: string, principal: Principal, at: string | null): void;
  /** A socket leaves a stream. */
  left(socket: number, stream: string): void;
  /** A socket leaves every stream. */
  gone(socket: number): void;
  /** Tells somebody new who is there, if anybody is. */
  greet(stream: string, tell: (text: Buffer) => void): void;
  stop(): Promise<void>;
}

/** Who is on which stream: in memory for this process, through a table between processes. */
export function openPresence(
  service: Pick<Service, 'db' | 'log'>,
  audience: { listeners(): string[]; tell(stream: string, text: Buffer): void },
): Presences {
  const instance = uuidv7();
  const local = new Map<string, Map<number, Seen>>();
  let elsewhere = new Map<string, Seen[]>();
  const changed = new Set<string>();
  const toSave = new Map<string, { stream: string; userId: SeenPerson['userId'] }>();
  const lastTold = new Map<string, string>();
  let tellTimer: NodeJS.Timeout | null = null;
  let saving: Promise<unknown> = Promise.resolve();
  let stopped = false;

  function peopleOn(stream: string): Presence[] {
    const since = performance.now() - PRESENT_MS;
    const latest = new Map<string, Seen>();
    for (const seen of [...(local.get(stream)?.values() ?? []), ...(elsewhere.get(stream) ?? [])]) {
      const known = latest.get(seen.userId);
      if (seen.seenAt > since && (known === undefined || known.seenAt < seen.seenAt))
        latest.set(seen.userId, seen);
    }
    return [...latest.values()]
      .sort((a, b) => (a.userId < b.userId ? -1 : 1))
      .slice(0, MAX_PEOPLE)
      .map(({ userId, name, at }) => ({ user_id: userId, name, at }));
  }

  function textOf(stream: string, people: Presence[]): string {
    return JSON.stringify({ type: 'presence', stream, people } satisfies ServerFrame);
  }

  function mark(stream: string): void {
    changed.add(stream);
    tellTimer ??= setTimeout(tellChanged, TELL_MS);
  }

  function tellChanged(): void {
    tellTimer = null;
    for (const stream of changed) {
      const people = peopleOn(stream);
      const text = textOf(stream, people);
      if (text === (lastTold.get(stream) ?? textOf(stream, []))) continue;
      if (people.length > 0) lastTold.set(stream, text);
      else lastTold.delete(stream);
      audience.tell(stream, Buffer.from(text));
    }
    changed.clear();
    saveChanged();
  }

  /** What other processes have to know, in one statement; the next starts when this one is through. */
  function saveChanged(): void {
    if (toSave.size === 0) return;
    const now = performance.now();
    const here: SeenPerson[] = [];
    const gone: { stream: string; userId: SeenPerson['userId'] }[] = [];
    for (const { stream, userId } of toSave.values()) {
      const latest = [...(local.get(stream)?.values() ?? [])]
        .filter((seen) => seen.userId === userId)
        .sort((a, b) => b.seenAt - a.seenAt)[0];
      if (latest) here.push({ stream, userId, name: latest.name, at: latest.at, agoMs: now - latest.seenAt });
      else gone.push({ stream, userId });
    }
    toSave.clear();
    saving = saving.then(async () => {
      try {
        if (here.length > 0) await savePeople(service.db, instance, here);
        if (gone.length > 0) await removePeople(service.db, instance, gone);
      } catch (error) {
        // The next sign of life repeats it.
        service.log.warn({ event: 'presence_save_failed', reason: (error as Error).message });
      }
    });
  }

  function dropSilent(): void {
    const since = performance.now() - PRESENT_MS;
    for (const [stream, sockets] of local) {
      for (const [socket, seen] of sockets) if (seen.seenAt <= since) presences.left(socket, stream);
    }
  }

  async function poll(): Promise<void> {
    dropSilent();
    const streams = audience.listeners();
    if (streams.length === 0 && elsewhere.size === 0) return;
    const now = performance.now();
    const found = new Map<string, Seen[]>();
    for (const person of await peopleElsewhere(service.db, instance, streams)) {
      const seen = { userId: person.userId, name: person.name, at: person.at, seenAt: now - person.agoMs };
      const list = found.get(person.stream);
      if (list) list.push(seen);
      else found.set(person.stream, [seen]);
    }
    const before = elsewhere;
    elsewhere = found;
    for (const stream of new Set([...before.keys(), ...found.keys()])) mark(stream);
  }

  let polling = false;
  const pollTimer = setInterval(() => {
    if (polling) return;
    polling = true;
    poll()
      .catch((error: Error) => service.log.warn({ event: 'presence_poll_failed', reason: error.message }))
      .finally(() => {
        polling = false;
      });
  }, POLL_MS);
  pollTimer.unref();

  const presences: Presences = {
    here(socket, stream, principal, at) {
      const { userId, name } = principal;
      let sockets = local.get(stream);
      if (!sockets) {
        sockets = new Map();
        local.set(stream, sockets);
      }
      sockets.set(socket, { userId, name, at, seenAt: performance.now() });
      toSave.set(`${stream} ${userId}`, { stream, userId });
      mark(stream);
    },
    left(socket, stream) {
      const sockets = local.get(stream);
      const seen = sockets?.get(socket);
      if (!sockets || !seen || stopped) return;
      sockets.delete(socket);
      if (sockets.size === 0) local.delete(stream);
      toSave.set(`${stream} ${seen.userId}`, { stream, userId: seen.userId });
      mark(stream);
    },
    gone(socket) {
      for (const stream of [...local.keys()]) presences.left(socket, stream);
    },
    greet(stream, tell) {
      const people = peopleOn(stream);
      if (people.length > 0) tell(Buffer.from(textOf(stream, people)));
    },
    async stop() {
      stopped = true;
      clearInterval(pollTimer);
      if (tellTimer) clearTimeout(tellTimer);
      await saving;
      await removeInstance(service.db, instance).catch(() => {});
    },
  };
  return presences;
}
