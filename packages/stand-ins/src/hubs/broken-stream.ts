import { Readable } from 'node:stream';

/** A response whose connection breaks in the middle of the body. */
export const brokenStream = (text: string): Response =>
  new Response(
    Readable.toWeb(
      Readable.from(
        (async function* () {
          yield Buffer.from(text);
          throw new Error('connection reset');
        })(),
      ),
    ) as ReadableStream,
  );
