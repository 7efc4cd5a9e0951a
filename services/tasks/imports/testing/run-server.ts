/** A server in a process of its own, for tests that kill it: `run-server.ts DATABASE_URL FOLDER PROJECT_ID USER_ID`. */
import type { Id } from '@gantry/contracts';
import { startImportServer } from './server.ts';

const [databaseUrl = '', folder = '', project = '', user = ''] = process.argv.slice(2);
const server = await startImportServer(databaseUrl, folder);
server.project(user as Id<'user'>, 'active', project as Id<'project'>);
process.stdout.write(
  `${JSON.stringify({ url: server.url(), token: await server.token(user as Id<'user'>) })}\n`,
);
