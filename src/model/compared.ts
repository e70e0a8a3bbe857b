/** How a quantity is shown while two runs are compared: that of the run in view, or measured against the other's. */
export const COMPARED = ['values', 'difference', 'ratio'] as const;
export type Compared = (typeof COMPARED)[number];
