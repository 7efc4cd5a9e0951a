import { makeLogger } from '@gantry/kit';
import { startGantry } from '../../services/main.ts';

// The whole platform in a process of its own, there to be killed. Says where it is in one line of JSON.
const gantry = await startGantry({ env: process.env, logger: makeLogger('fatal', process.stderr) });
process.stdout.write(`${JSON.stringify({ url: gantry.url.replace('localhost', '127.0.0.1'), token: '' })}\n`);
process.on('SIGTERM', () => void gantry.stop().then(() => process.exit(0)));
