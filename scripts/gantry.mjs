#!/usr/bin/env node
// The `gantry` command: hands over to the command line of the services, on the pinned Node.
process.argv.splice(2, 0, 'services/cli.ts');
await import('./bootstrap.mjs');
