import { defineConfig } from '@gantry/kit';

export const gatewayConfig = defineConfig({
  WEB_DIST: {
    type: 'string',
    doc: 'Folder of the built web app; npm start sets it. Without it only the API is served.',
  },
  AUTH_ATTEMPTS_PER_MINUTE: {
    type: 'integer',
    min: 1,
    default: 30,
    doc: 'Sign-ins and sign-ups one address may try in a minute, per process.',
  },
  TRUST_PROXY: {
    type: 'boolean',
    default: false,
    doc: 'A reverse proxy of ours stands in front: take the address from the last entry of X-Forwarded-For.',
  },
});
