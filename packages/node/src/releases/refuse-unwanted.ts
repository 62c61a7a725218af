import { CallableError, type Manifest, type ReleaseView } from '@callable/protocol';
import type { NodeConfig } from '../config.ts';

/**
 * Throws NodeRefuses for what the operator of this node does not want here, by its licence or by what somebody whom the hub follows
 * says of it: neither fetched nor run, and no word on the release.
 */
export function refuseUnwanted(
  { refuse }: Pick<NodeConfig, 'refuse'>,
  manifest: Manifest,
  { labels = [] }: Pick<ReleaseView, 'labels'>,
): void {
  const stated = (manifest.license ?? unstated).toLowerCase();
  const license = refuse.licenses.find((one) => one.toLowerCase() === stated);
  if (license !== undefined) throw refused(`releases under ${license}`);
  const label = labels.find((one) => one.followed && refuse.labels.includes(one.label));
  if (label) throw refused(`releases labelled ${label.label}`);
}

/** The word for releases that name no licence. */
const unstated = 'none';

const refused = (what: string) => new CallableError('NodeRefuses', `The operator of this node refuses ${what}.`);
