/** Reasons for which a request is not granted: a closed set, so every screen and caller handles each of them. */
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
