import { type Address, CallableError, compareVersions, parseReleaseRef, type Version } from '@callable/protocol';
import { type Client, listReleases } from '@callable/sdk';

/** The refusal to overwrite a version, naming the next one that is free. */
export async function versionExists(
  client: Client,
  release: { publisher: Address; name: string; version: Version },
): Promise<CallableError> {
  const next = await nextVersion(client, release);
  return new CallableError(
    'VersionExists',
    `${release.name}@${release.version} is published already, with other content. The next free version is ${next}: add --version ${next}.`,
  );
}

/** One patch above the highest published version of this model. */
async function nextVersion(
  client: Client,
  { publisher, name, version }: { publisher: Address; name: string; version: Version },
): Promise<string> {
  const { releases } = await listReleases(client, { publisher, search: name, limit: 100 });
  const versions = releases
    .map(({ reference }) => parseReleaseRef(reference))
    .flatMap((ref) => (ref?.name === name && ref.version ? [ref.version as string] : []));
  const highest = [version as string, ...versions].sort(compareVersions).at(-1) ?? version;
  const [major = '0', minor = '0', patch = '0'] = (highest.split('-')[0] ?? '').split('.');
  // 1.0.0-beta comes before 1.0.0, which is therefore free.
  return highest.includes('-') ? `${major}.${minor}.${patch}` : `${major}.${minor}.${Number(patch) + 1}`;
}
