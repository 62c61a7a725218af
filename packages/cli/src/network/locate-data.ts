import { join, resolve } from 'node:path';
import type { CliContext } from '../context/cli-context.ts';
import { locateHome } from '../keys/locate-home.ts';
import { findCheckout } from './find-checkout.ts';

/** Where `callable up` keeps everything: as given, else in the checkout, else in the home of this user. */
export function locateData(context: CliContext, given: string | undefined): string {
  if (given !== undefined) return resolve(context.cwd, given);
  const checkout = findCheckout();
  return checkout === null ? join(locateHome(context), 'network') : join(checkout, '.callable');
}
