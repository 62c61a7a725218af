import type { Address, NoticesView, ReleaseState } from '@callable/protocol';

/** What publisher and hub have said about a release. `hub` is whose tombstones count here. */
export function viewNotices({ notices }: ReleaseState, hub: Address): NoticesView {
  const { yanked, deprecated, refused } = notices;
  const said = ({ at, statement, note }: { at: number; statement: string; note: string }) => ({
    note,
    since: new Date(at).toISOString(),
    statement,
  });
  return {
    yanked: yanked && said(yanked),
    deprecated: deprecated && { ...said(deprecated), successor: deprecated.successor },
    refused: refused && { ...said(refused), scopes: [...refused.scopes], by: hub },
  };
}
