export { closeWhatFallsIdle } from './close-what-falls-idle.ts';
export { documentRoute } from './document-route.ts';
export { errorOfFastify } from './error-of-fastify.ts';
export { noteArrival } from './note-arrival.ts';
export { endWaitsOnClose, requestSignal } from './request-signal.ts';
export { sendHeadersOnly } from './send-headers-only.ts';
export { sendProblem } from './send-problem.ts';
export { serveApiDocument } from './serve-api-document.ts';
export { dropRest, untilIdle } from './until-idle.ts';
