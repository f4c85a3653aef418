const LATER = "comes with a later version";

/**
 * Stable resources of Kubernetes 1.30 that this version does not serve, and why. It shrinks: what is served must be taken off, or a test beside this file
 * fails.
 */
export const NOT_SERVED: Readonly<Record<string, string>> = {
  "v1 pods/ephemeralcontainers": LATER,
};
