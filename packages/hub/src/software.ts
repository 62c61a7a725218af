/** What this program calls itself. */
export const software = 'callable-hub/0.1.0';
