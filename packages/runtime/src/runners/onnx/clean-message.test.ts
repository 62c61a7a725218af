import { describe, expect, it } from 'vitest';
import { cleanMessage } from './clean-message.ts';

const directory = '/var/lib/node/models/ab12';

describe('cleanMessage', () => {
  it.each([
    [
      `Load model from ${directory}/model.onnx failed:/build/src/core/graph/model.cc:146 ns::Model::Model(ModelProto&&, const Path&) Unsupported model IR version: 99`,
      'Unsupported model IR version: 99.',
    ],
    [
      "Exception during initialization: util.cc:1463 ValidateSize Initializer 'w' is too large. Use external data.",
      "Initializer 'w' is too large. Use external data.",
    ],
    [
      "Non-zero status code returned while running Pad node. Name:'/a/Pad' Status Message: Pad reflect requires two",
      'The Pad node `/a/Pad` failed: Pad reflect requires two.',
    ],
    [
      "Non-zero status code returned while running Div node. Name:'' Status Message: /x/y.cc:1 ns::f(int)::<lambda()> [with T = long int] no",
      'A Div node failed: no.',
    ],
    [`cannot open ${directory}/weights.bin in ${directory}`, 'Cannot open weights.bin in the directory of the model.'],
    ['path: "../secret.bin" resolved: "/var/lib/secret.bin"', 'Path: "../secret.bin" resolved: "…/secret.bin".'],
    ['', 'The runtime gave no reason.'],
    ['a\n\u001b[31mb', 'A [31mb.'],
  ])('makes one sentence of %j', (text, expected) => {
    expect(cleanMessage(text, directory)).toBe(expected);
  });

  it('adversary: bounds a message a model has filled with its own text', () => {
    expect(cleanMessage('x'.repeat(1e6), directory).length).toBeLessThan(310);
    expect(cleanMessage(`Short. ${'x'.repeat(1e6)}`, directory)).toBe('Short.');
    const before = performance.now();
    cleanMessage(`${'a/'.repeat(200_000)}.cc:1 ${'f('.repeat(200_000)}`, directory);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
