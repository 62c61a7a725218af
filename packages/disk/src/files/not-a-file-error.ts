/** A link, a folder, a pipe or a device stands where a file should be. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError';
}
