/** Thousandths of trusted as a number that says how exact it is. */
export const formatWeight = (thousandths: number): string => (thousandths / 1000).toFixed(3);
