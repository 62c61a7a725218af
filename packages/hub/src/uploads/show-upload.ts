import { type Address, CallableError, type UploadView } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { findUpload } from './find-upload.ts';
import { viewUpload } from './view-upload.ts';

/**
 * What an upload lacks, for its owner alone: its name follows from the owner and the hashes, so whoever guesses what
 * somebody is about to publish could watch it arrive. Throws UploadNotFound and SignerNotAllowed.
 */
export async function showUpload(ctx: Pick<HubContext, 'db'>, signer: Address, id: string): Promise<UploadView> {
  const { upload } = await findUpload(ctx, id);
  if (upload.owner !== signer) throw new CallableError('SignerNotAllowed', 'This upload belongs to another key.');
  return viewUpload(ctx, id);
}
