/** Jobs side by side in one hub process: enough that a slow read-back does not hold up probes. */
export const workersPerHub = 4;
