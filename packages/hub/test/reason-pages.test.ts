import { reasons } from '@callable/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestHub, type TestHub } from './start-test-hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub[Symbol.asyncDispose]());

const get = (code: string, accept?: string) =>
  fetch(`${hub.url}/reasons/${code}`, accept === undefined ? {} : { headers: { accept } });
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

it('every reason has a page, as JSON and for browsers', async () => {
  for (const code of Object.keys(reasons)) {
    const { sentence, next } = reasons[code as keyof typeof reasons];
    expect(await (await get(code)).json()).toMatchObject({ code, sentence, next, conditions: expect.any(Array) });
    const page = await get(code, browser);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('vary')).toContain('accept');
    const text = await page.text();
    expect(text).toContain(`<h1>${code}</h1>`);
    expect(text).not.toContain('<script');
  }
});

it.each([
  [undefined, 'application/json'],
  ['*/*', 'application/json'],
  ['application/json, text/html;q=0.5', 'application/json'],
  ['text/html;q=0', 'application/json'],
  ['TEXT/HTML; charset=utf-8', 'text/html'],
])('who accepts %s gets %s', async (accept, type) => {
  expect((await get('NoNodeFits', accept)).headers.get('content-type')).toContain(type);
});

it('attack: a reason that is markup, or a word every object has, is no page', async () => {
  for (const code of ['%3Cscript%3Ealert(1)%3C%2Fscript%3E', '__proto__', 'constructor', 'x'.repeat(61)]) {
    const answer = await get(code, browser);
    expect([400, 404]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  }
});
