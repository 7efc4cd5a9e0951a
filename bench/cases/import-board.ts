import type { ImportJob } from '@gantry/contracts/tasks';
import { makeTrelloBoard } from '../../tests/fixtures/trello/make-board.ts';
import { atMost, figure } from '../lib/results.ts';
import type { World } from '../lib/world.ts';
import type { BenchCase } from './case.ts';

const CARDS = 10_000;
const WRITES_PER_S = 50;
const LONGEST_MS = 15 * 60_000;

/** Importing a Trello board while somebody else keeps making tasks in the same project. */
export const importBoard: BenchCase = {
  name: 'import',
  about: `a ${CARDS}-card Trello import, and how long other writers of the project (${WRITES_PER_S}/s) have to wait`,
  async run(world, _pace, say) {
    const project = await world.newProject('Imported');
    const file = JSON.stringify(makeTrelloBoard({ cards: CARDS, comments: 2, items: 3 }));
    say(`the file has ${(file.length / 1e6).toFixed(1)} MB`);
    const quiet = await writes(world, project.id, 5_000);

    const began = performance.now();
    const reports = [];
    let accepted = Number.NaN;
    let id: string | undefined;
    const sent = send(world, project.id, file).then((answer) => {
      accepted = (performance.now() - began) / 1000;
      ({ id } = answer);
    });
    let refused: unknown;
    sent.catch((error: unknown) => {
      refused = error;
    });
    let job: ImportJob | undefined;
    while (job?.state !== 'done') {
      reports.push(await writes(world, project.id, 1_000));
      if (refused) throw refused;
      if (performance.now() - began > LONGEST_MS) throw new Error('the import takes too long');
      if (id !== undefined) job = await world.browser.get<ImportJob>(`/projects/${project.id}/imports/${id}`);
      if (job?.state === 'failed') throw new Error(`the import failed: ${job.error}`);
    }
    const seconds = (performance.now() - began) / 1000;
    const { rss } = await world.usage('gantry');
    return [
      figure('import, accepted after', accepted, 's'),
      figure('import, all done after', seconds, 's'),
      figure('import, tasks and comments', job.total / seconds, '1/s'),
      atMost('import, longest wait of another writer', Math.max(...reports.map((r) => r.max)), 'ms', 250),
      figure('import, p99 of other writers, worst second', Math.max(...reports.map((r) => r.p99)), 'ms'),
      figure('import, longest wait without it', quiet.max, 'ms'),
      figure('import, memory afterwards', rss / 1e6, 'MB'),
    ];
  },
};

function writes(world: World, projectId: string, ms: number) {
  return world.load({
    url: world.urls.gantry,
    method: 'POST',
    paths: [`/api/v1/projects/${projectId}/tasks`],
    headers: world.browser.headers,
    body: JSON.stringify({ title: 'Beside an import' }),
    statuses: [201],
    connections: 2,
    rate: WRITES_PER_S,
    ms,
  });
}

async function send(world: World, projectId: string, file: string): Promise<ImportJob> {
  const answer = await fetch(
    `${world.urls.gantry}/api/v1/projects/${projectId}/imports?source=trello&file_name=bench.json`,
    {
      method: 'POST',
      headers: { ...world.browser.headers, 'content-type': 'application/json' },
      body: file,
    },
  );
  const text = await answer.text();
  if (answer.status !== 202)
    throw new Error(`the import was refused: ${answer.status} ${text.slice(0, 500)}`);
  return JSON.parse(text) as ImportJob;
}
