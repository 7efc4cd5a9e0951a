import { defineContract } from '@gantry/contracts';
import { usersContract } from '@gantry/contracts/users';
import { defineService } from '@gantry/kit';
import { makeDoorkeeper } from './auth/credentials.ts';
import { guardDoor } from './auth/door.ts';
import { gatewayConfig } from './config.ts';
import { proxyRemotes } from './proxy/http.ts';
import { proxyLive } from './proxy/live.ts';
import { serveReference } from './reference/docs.ts';
import { serveOpenApi } from './reference/openapi.ts';
import { serveWeb } from './web/web-files.ts';

/** The one door: authentication, security headers, the web app's files, and the way to services that run elsewhere. */
export const gatewayService = defineService({
  name: 'gateway',
  contract: defineContract({ name: 'gateway', routes: {} }),
  config: gatewayConfig,
  migrations: null,
  pool: 0,
  calls: { users: usersContract },
  routes: [],
  plugin: async (app, service) => {
    const doorkeeper = makeDoorkeeper(service);
    guardDoor(app, service, doorkeeper);
    serveOpenApi(app);
    serveReference(app);
    await proxyRemotes(app, service);
    proxyLive(app, service, doorkeeper);
    await serveWeb(app, service);
  },
});
