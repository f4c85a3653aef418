/** What the agent must know again of a container after its own restart: kept with the container, on the engine. */
export const annotation = {
  /** The image as the pod's spec names it. */
  image: "io.wherry.container.image",
  /** `status.imageID` of the image it was made from. */
  imageID: "io.wherry.container.image-id",
  /** Of the part of its spec whose change restarts it. */
  hash: "io.wherry.container.hash",
  /** Milliseconds to wait after its end before it is started again. */
  backoff: "io.wherry.container.backoff-ms",
  /** Where its last words are, on the node. */
  terminationLog: "io.wherry.container.termination-log",
} as const;
