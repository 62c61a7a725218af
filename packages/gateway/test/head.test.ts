import { createReleaseView, createTestNode } from '@callable/stand-ins';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { registerGateway } from '../src/app.ts';
import { startTestGateway } from './support/start-test-gateway.ts';

test('attack by a reader: HEAD on any route of a gateway is answered at once, without a body and without a call', async () => {
  const release = createReleaseView();
  const node = createTestNode([release]);
  await using gateway = await startTestGateway({ releases: [release], nodes: [node] });
  const app = fastify({ routerOptions: { maxParamLength: 400 } });
  const paths = new Set<string>();
  app.addHook('onRoute', ({ url }) => void paths.add(url));
  await registerGateway(app, gateway.ctx);
  expect(paths.size).toBeGreaterThan(8);
  const [publisher = '', nameAtVersion = ''] = release.reference.split('/');
  for (const path of paths) {
    const url = path
      .replace(':publisher', publisher)
      .replace(':nameAtVersion', nameAtVersion)
      .replace(':digest', release.digest)
      .replace('models/*', `models/${publisher}/${release.manifest.name}`)
      .replace(':model', encodeURIComponent(`${publisher}/${release.manifest.name}`))
      .replace(':version', release.manifest.version);
    const answer = await app.inject({ method: 'HEAD', url });
    expect([url, answer.payload]).toEqual([url, '']);
    expect(answer.statusCode, url).toBeLessThan(500);
  }
  expect(node.calls).toEqual([]);
  await app.close();
});
