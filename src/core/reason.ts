/** Why a request is not granted: a closed set, so every screen and every caller can be exhaustive about it. */
export const REASONS = [
  'insufficient-slots',
  'behind-others',
  'project-limit',
  'exceeds-maximum',
  'low-memory',
  'health-degraded',
  'health-critical',
  'start-spacing',
  'would-deadlock',
  'paused',
] as const;
export type Reason = (typeof REASONS)[number];
