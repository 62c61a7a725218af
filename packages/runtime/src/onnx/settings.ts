/** Of both builds, as it stands in receipts. */
export const graphOptimization = 'all';

/** Else the library looks up its maker's telemetry host, and sends graph and file names there. */
export const withoutTelemetry = { ORT_DISABLE_TELEMETRY: '1' };
