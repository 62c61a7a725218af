/** A value that has no one spelling in bytes, so nobody can have signed it and nobody can sign it. */
export class UnsignableError extends TypeError {
  override readonly name = 'UnsignableError';
}
