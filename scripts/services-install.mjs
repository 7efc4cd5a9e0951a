// Installs Redis and RabbitMQ from Debian's packages, for the tests of the shape `apart`. Where that is not possible
// it says so and succeeds: those tests are then skipped by name. Needs Node >= 20 and nothing else.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

const wanted = [
  { package: 'redis-server', program: '/usr/bin/redis-server' },
  { package: 'rabbitmq-server', program: '/usr/sbin/rabbitmq-server' },
];
const policy = '/usr/sbin/policy-rc.d';

const missing = wanted.filter(({ program }) => !existsSync(program)).map((entry) => entry.package);
if (missing.length === 0) done('Redis and RabbitMQ are installed already.');
if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) skip('this machine has no apt-get');
if (process.getuid() !== 0) skip(`installing needs root (sudo apt-get install ${missing.join(' ')})`);

// Installing must not start them as services of the machine: the tests start their own. A policy that is there
// already is the owner's and stays.
const ownPolicy = !existsSync(policy);
if (ownPolicy) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
let installed = false;
try {
  installed = install();
} finally {
  if (ownPolicy) rmSync(policy, { force: true });
}
if (!installed) skip(`apt-get could not install ${missing.join(' and ')}, see above`);
done(`Installed: ${missing.join(', ')}.`);

function install() {
  const flags = [
    '-o',
    'DPkg::Lock::Timeout=120',
    '-o',
    'Acquire::Retries=2',
    '-qq',
    '-y',
    '--no-install-recommends',
  ];
  // The lists that are there may do; fresh ones are fetched only when they do not.
  if (apt([...flags, 'install', ...missing])) return true;
  apt(['-qq', '-o', 'Acquire::Retries=2', 'update']);
  return apt([...flags, 'install', ...missing], 'inherit');
}

function apt(args, output = 'ignore') {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  return (
    spawnSync('apt-get', args, { stdio: ['ignore', output, output], env, timeout: 300_000 }).status === 0
  );
}

function skip(why) {
  done(
    `SKIPPED services:install (${missing.join(', ')}): ${why}. Tests that need them will be skipped by name.`,
  );
}

function done(line) {
  process.stdout.write(`${line}\n`);
  process.exit(0);
}
