/** The container cannot be made from what there is now: an object it names is missing or wrong. Shown as CreateContainerConfigError. */
export class ConfigError extends Error {
  override name = "ConfigError";
}
