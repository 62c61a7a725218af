import { expect, it } from 'vitest';
import { explainVoice } from './explain-voice.ts';

it.each([
  ['http://127.0.0.1:4600', /on this machine: all of them are one voice/],
  ['http://localhost:4600', /on this machine: all of them are one voice/],
  ['http://[::1]:4600', /on this machine: all of them are one voice/],
  ['http://10.0.0.7:4600', /in one private network: all of them are one voice/],
  ['https://hub.example', /^$/],
  ['https://203.0.114.7', /^$/],
])('beside a hub at %s it is told that those of one machine are one voice', (hub, said) => {
  expect(explainVoice(hub)).toMatch(said);
});
