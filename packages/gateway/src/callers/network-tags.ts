import { hash } from 'node:crypto';
import { toHex } from '@callable/protocol';
import { BoundedMap } from '../limits/bounded-map.ts';

const dayMs = 24 * 3600_000;
const remembered = 10_000;

/**
 * What the public log hears of the network of a caller: sixteen hex digits, the same for all calls of one network and UTC day. The
 * secret behind them is in memory alone and forgotten when the day ends.
 * attack: files are public for ever, and there are 2^24 networks to try. With a secret that is kept, whoever finds it has them all.
 */
export type NetworkTags = { of(network: string): string };

export function createNetworkTags(random: (length: number) => Uint8Array, clock: () => number): NetworkTags {
  let tags = new BoundedMap<string, string>(remembered);
  let day = -1;
  let secret = '';
  return {
    of(network) {
      const today = Math.floor(clock() / dayMs);
      if (today !== day) {
        [day, secret] = [today, toHex(random(32))];
        tags = new BoundedMap(remembered);
      }
      const known = tags.get(network);
      if (known !== undefined) return known;
      const tag = hash('sha256', `${secret} ${network}`, 'hex').slice(0, 16);
      tags.set(network, tag);
      return tag;
    },
  };
}
