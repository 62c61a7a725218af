import { fullAgeDays, largestWeight, mostWeighed } from './weigh-caller.ts';

/** The sentence that stands beside every `trusted`. */
export const usageFormula =
  `Sum over days and networks of callers: log2(1 + calls) of the heaviest independent caller, of at most ${mostWeighed} calls, ` +
  `times the age of its key in the log (0 on its first day, 1 after ${fullAgeDays} days).`;

/** What at least it costs to forge all of a weight (thousandths). Keys and calls are free; networks are not. */
export function priceFigure(weight: number): { networkDays: number; keyAgeDays: number; sentence: string } {
  const networkDays = Math.ceil(weight / largestWeight);
  const keyAgeDays = networkDays === 0 ? 0 : fullAgeDays;
  const networks = `${networkDays} ${networkDays === 1 ? 'network' : 'networks'} (an IPv4 /24 or an IPv6 /32)`;
  const sentence =
    networkDays === 0
      ? 'Nothing here is trusted, so nothing could be forged.'
      : `All of it forged costs ${networks}, each for a day, with a key that is ${keyAgeDays} days old and ${mostWeighed} calls.`;
  return { networkDays, keyAgeDays, sentence };
}
