import { type Agent, request as ask, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';

export type ForwardOptions = {
  socketPath: string;
  agent: Agent;
  /** Where the request comes from; empty when nobody knows. */
  clientAddress: string;
  /** Before the first byte of an answer: the request is the caller's to write on, who gets `error`. */
  onRefused: (error: Error) => void;
  /** The answer begins. */
  onAnswer: () => void;
};

/** What a connection says to its other end is not for the one behind it. */
const ofConnection = ['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade'];
const notForwarded = new Set([...ofConnection, 'expect', 'x-forwarded-for']);
const notReturned = new Set(ofConnection);

/**
 * Hands a request to the server behind a socket, and its answer back, each as it arrives: no body is held, and the slower
 * end sets the pace. Who ends one side ends the other. The server behind may answer before it has the body, and still
 * takes the rest or cuts it: its caller sees the same.
 */
export function forwardRequest(incoming: IncomingMessage, response: ServerResponse, options: ForwardOptions): void {
  const { socketPath, agent, clientAddress, onRefused, onAnswer } = options;
  const headers = headersFor(incoming, clientAddress);
  const outgoing = ask({ socketPath, agent, method: incoming.method, path: incoming.url, headers, setHost: false });
  const hangUp = () => incoming.socket.destroy();

  outgoing.on('error', (error) => {
    if (response.headersSent) hangUp();
    else if (!response.destroyed) onRefused(error);
  });
  outgoing.once('response', (answer) => {
    if (response.destroyed) return void outgoing.destroy();
    onAnswer();
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headersOf(answer));
    // An open stream of events may say nothing for long; what has a size goes out with its first bytes.
    if (answer.headers['content-length'] === undefined) response.flushHeaders();
    answer.on('error', hangUp);
    answer.once('end', () => keepSending(outgoing));
    answer.pipe(response);
  });
  // It cut the rest of a body that it had refused.
  outgoing.once('close', () => {
    if (response.writableEnded && !incoming.complete) hangUp();
  });
  response.once('close', () => {
    if (!response.writableFinished) outgoing.destroy();
  });
  incoming.once('close', () => {
    if (!incoming.complete) outgoing.destroy();
  });
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) outgoing.end();
  else incoming.pipe(outgoing);
}

/** Node stops telling a client that a socket has room once the answer is whole, however much of the body is still to go. */
function keepSending(outgoing: ClientRequest): void {
  const { socket } = outgoing;
  if (outgoing.writableFinished || !socket) return;
  const goOn = () => outgoing.emit('drain');
  socket.on('drain', goOn);
  outgoing.once('close', () => socket.off('drain', goOn));
}

/** Those that arrived, once each as Node joins them: nothing is left for two readers to read in two ways. */
function headersFor({ headers }: IncomingMessage, clientAddress: string): NodeJS.Dict<string | string[]> {
  const kept = Object.entries(headers).filter(([name]) => !notForwarded.has(name));
  if (headers['transfer-encoding'] !== undefined) kept.push(['transfer-encoding', 'chunked']);
  // In place of what the caller wrote: only this door may say it.
  if (clientAddress !== '') kept.push(['x-forwarded-for', clientAddress]);
  return Object.fromEntries(kept);
}

function headersOf({ rawHeaders, headers }: IncomingMessage): string[] {
  const kept = rawHeaders.filter((_, at) => !notReturned.has((rawHeaders[at - (at % 2)] ?? '').toLowerCase()));
  // It will read nothing more here, and neither is the caller to send anything.
  return headers.connection?.toLowerCase() === 'close' ? [...kept, 'Connection', 'close'] : kept;
}
