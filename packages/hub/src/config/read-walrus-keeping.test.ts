import { describe, expect, it } from 'vitest';
import { readConfig } from './read-config.ts';

const full = {
  CALLABLE_WALRUS_PUBLISHER: 'https://publisher.example',
  CALLABLE_WALRUS_AGGREGATORS: 'https://one.example, https://two.example',
  CALLABLE_WALRUS_EPOCH: '34@2026-01-01T00:00:00Z',
  CALLABLE_WALRUS_EPOCH_HOURS: '336',
};

describe('the settings of a hub on Walrus', () => {
  it('are its environment', () => {
    const epochMs = 336 * 3600_000;
    expect(readConfig({}).walrusKeeping).toBeNull();
    const config = readConfig({ ...full, CALLABLE_WALRUS_JWT_SECRET: '0x0aff', CALLABLE_WALRUS_PART_MIB: '8' });
    expect(config.aggregators).toEqual(['https://one.example', 'https://two.example']);
    expect(config.walrusKeeping).toEqual({
      publisher: 'https://publisher.example',
      epochs: 10,
      network: { epochMs, zeroMs: Date.parse('2026-01-01T00:00:00Z') - 34 * epochMs },
      partBytes: 8 * 2 ** 20,
      tokenSecret: Buffer.from([10, 255]),
    });
    expect(readConfig({ ...full, CALLABLE_WALRUS_JWT_SECRET: 'text' }).walrusKeeping?.tokenSecret).toEqual(
      Buffer.from('text'),
    );
  });

  it.each([
    ['CALLABLE_WALRUS_AGGREGATORS', ''],
    ['CALLABLE_WALRUS_EPOCH', ''],
    ['CALLABLE_WALRUS_EPOCH_HOURS', ''],
    ['CALLABLE_WALRUS_EPOCH', '34'],
    ['CALLABLE_WALRUS_EPOCH', '34@yesterday'],
    ['CALLABLE_WALRUS_EPOCH', '34@2026-13-41T00:00:00Z'],
    ['CALLABLE_WALRUS_EPOCH_HOURS', 'two weeks'],
    ['CALLABLE_WALRUS_EPOCH_HOURS', '-1'],
    // With fewer there is no epoch to be late in.
    ['CALLABLE_WALRUS_EPOCHS', '2'],
    ['CALLABLE_WALRUS_EPOCHS', '54'],
    ['CALLABLE_WALRUS_PART_MIB', '10'],
    ['CALLABLE_WALRUS_PART_MIB', '256'],
    ['CALLABLE_WALRUS_PUBLISHER', 'publisher.example'],
    ['CALLABLE_WALRUS_PUBLISHER', 'file:///etc'],
    ['CALLABLE_S3_BUCKET', 'files'],
  ])('are refused with %s=%j, which is named', (name, value) => {
    expect(() => readConfig({ ...full, [name]: value })).toThrow(new RegExp(`${name}\\b`));
  });

  it.each([
    ['CALLABLE_WALRUS_PUBLISHER', 'https://me:hunter2@publisher.example'],
    ['CALLABLE_WALRUS_PUBLISHER', 'https://publisher.example?key=hunter2'],
    ['CALLABLE_WALRUS_AGGREGATORS', 'https://me:hunter2@aggregator.example'],
    ['CALLABLE_WALRUS_JWT_SECRET', '0xhunter2'],
  ])('a secret in %s is refused and not repeated', (name, value) => {
    const read = () => readConfig({ ...full, [name]: value });
    expect(read).toThrow(name);
    expect(read).not.toThrow('hunter2');
  });
});
