import { decodeId, encodeId } from '@gantry/contracts';
import { type DeadLetter, dropDeadLetter, type Env, listDeadLetters, replayDeadLetter } from '@gantry/kit';
import { allServices } from '../main.ts';
import { eachDatabase, type Platform, storedServices, withPlatform, withServices } from './platform.ts';
import { UsageError } from './usage.ts';

type Say = (line: string) => void;
type Found = DeadLetter & { service: string };

/** Every dead letter, newest first. */
export function listLetters(env: Env, say: Say): Promise<void> {
  return withPlatform(env, async (platform) => {
    const letters = await allLetters(platform);
    if (letters.length === 0) say('No dead letters.');
    for (const { id, at, consumer, event, error } of letters)
      say(`${encodeId('dead_letter', id)}  ${at}  ${consumer}  ${event}  ${error}`);
  });
}

export function showLetter(env: Env, say: Say, id: string): Promise<void> {
  return withPlatform(env, async (platform) => {
    const { id: uuid, ...letter } = await letterOf(platform, id);
    say(JSON.stringify({ id: encodeId('dead_letter', uuid), ...letter }, null, 2));
  });
}

export function dropLetter(env: Env, say: Say, id: string): Promise<void> {
  return withPlatform(env, async (platform) => {
    const letter = await letterOf(platform, id);
    const dropped = await eachDatabase(platform, async (service, db) =>
      service === letter.service ? dropDeadLetter(db, letter.id) : false,
    );
    if (!dropped.includes(true)) throw new UsageError('It is gone already.');
    say('Dropped.');
  });
}

export function replayLetter(env: Env, say: Say, id: string): Promise<void> {
  return withPlatform(env, (platform) => replay(platform, id, say));
}

async function allLetters(platform: Platform): Promise<Found[]> {
  const lists = await eachDatabase(platform, async (service, db) =>
    (await listDeadLetters(db, 1000)).map((letter) => ({ ...letter, service })),
  );
  return lists.flat().toSorted((a, b) => b.at.localeCompare(a.at));
}

async function letterOf(platform: Platform, id: string): Promise<Found> {
  const uuid = decodeId('dead_letter', id);
  if (uuid === null) throw new UsageError(`${id} is not the id of a dead letter; they start with "dl_".`);
  const letter = (await allLetters(platform)).find((found) => found.id === uuid);
  if (!letter) throw new UsageError(`There is no dead letter ${id}.`);
  return letter;
}

async function replay(platform: Platform, id: string, say: Say): Promise<void> {
  const letter = await letterOf(platform, id);
  await withServices(platform, storedServices(), async (runtime) => {
    const service = runtime.services.get(letter.service);
    const definition = allServices.find((d) => d.name === letter.service);
    if (!service || !definition) throw new UsageError(`There is no service ${letter.service} any more.`);
    const contextFor = () => service.systemContext({ origin: 'system' }) as never;
    const done = await replayDeadLetter(service, definition.subscribers ?? [], contextFor, letter.id).catch(
      (error: Error) => {
        throw new UsageError(`It failed again and stays: ${error.message}`);
      },
    );
    say(done ? 'Handled.' : 'It is gone already.');
  });
}
