import { decodeId, encodeId } from '@gantry/contracts';
import { type DeadLetter, dropDeadLetter, type Env, listDeadLetters, replayDeadLetter } from '@gantry/kit';
import { Command } from 'commander';
import { allServices } from '../main.ts';
import {
  eachDatabase,
  type Platform,
  storedServices,
  UsageError,
  withPlatform,
  withServices,
} from './platform.ts';

type Found = DeadLetter & { service: string };

/** `gantry dead-letters …`: changes a consumer gave up on. */
export function deadLettersCommand(env: Env, say: (line: string) => void): Command {
  const command = new Command('dead-letters').description(
    'Changes a consumer could not handle and gave up on: read them, handle them again, or let them go',
  );
  command
    .command('list')
    .description('Every dead letter, newest first')
    .action(() =>
      withPlatform(env, async (platform) => {
        const letters = await allLetters(platform);
        if (letters.length === 0) return say('No dead letters.');
        for (const letter of letters)
          say(
            `${encodeId('dead_letter', letter.id)}  ${letter.at}  ${letter.consumer}  ${letter.event}  ${letter.error}`,
          );
      }),
    );
  command
    .command('show')
    .description('One dead letter with the change as it was logged')
    .argument('<id>', 'id from the list')
    .action((id: string) =>
      withPlatform(env, async (platform) => {
        const { id: uuid, ...letter } = await letterOf(platform, id);
        say(JSON.stringify({ id: encodeId('dead_letter', uuid), ...letter }, null, 2));
      }),
    );
  command
    .command('replay')
    .description('Handle it again; it is gone if that works, and stays if it does not')
    .argument('<id>', 'id from the list')
    .action((id: string) => withPlatform(env, (platform) => replay(platform, id, say)));
  command
    .command('drop')
    .description('Let it go for good; a strict consumer goes on behind it')
    .argument('<id>', 'id from the list')
    .action((id: string) =>
      withPlatform(env, async (platform) => {
        const letter = await letterOf(platform, id);
        const dropped = await eachDatabase(platform, async (service, db) =>
          service === letter.service ? dropDeadLetter(db, letter.id) : false,
        );
        if (!dropped.includes(true)) throw new UsageError('It is gone already.');
        say('Dropped.');
      }),
    );
  return command;
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

async function replay(platform: Platform, id: string, say: (line: string) => void): Promise<void> {
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
