// Nothing: `node scripts/bootstrap.mjs scripts/noop.mjs` only installs.
