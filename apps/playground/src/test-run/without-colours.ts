/** A line of output as it is without a terminal's colours. */
export const withoutColours = (line: string): string => line.replace(/\u001b\[[0-9;]*m/g, '');
