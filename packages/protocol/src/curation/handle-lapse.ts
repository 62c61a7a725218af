/** A handle whose owner has published nothing for this long after the claim may be claimed by somebody else: 30 days. */
export const handleLapseMs = 30 * 24 * 3600_000;
