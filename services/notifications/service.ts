import { notificationsContract } from '@gantry/contracts/notifications';
import { defineService } from '@gantry/kit';
import { calls, config, type NotificationsService } from './context.ts';
import { mountLive } from './live/live.plugin.ts';
import { presenceSweep } from './presence/presence.store.ts';

export const notificationsService = defineService({
  name: 'notifications',
  contract: notificationsContract,
  config,
  migrations: new URL('./migrations/', import.meta.url),
  pool: 3,
  calls,
  routes: [],
  jobs: [presenceSweep],
  plugin: (app, service) => mountLive(app, service as unknown as NotificationsService),
});
