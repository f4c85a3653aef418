import { UsageError } from "../../errors.ts";
import { type Generator, intOrString, manifest, nameOf } from "./generator.ts";
import { specSelector } from "./spec-selector.ts";

interface Options {
  selector?: string;
  minAvailable?: string;
  maxUnavailable?: string;
}

/** `wherry create poddisruptionbudget NAME --selector=SELECTOR --min-available=N`. */
export const podDisruptionBudget: Generator<Options> = {
  usage: "NAME --selector=SELECTOR --min-available=N",
  description: "make a pod disruption budget",
  declare(command) {
    command
      .option("--selector <selector>", "the pods it is about")
      .option("--min-available <n|n%>", "at least so many stay")
      .option("--max-unavailable <n|n%>", "at most so many are away");
  },
  generate(words, { selector, minAvailable, maxUnavailable }) {
    const name = nameOf(words);
    if (!selector) throw new UsageError("a selector must be specified");
    if (!minAvailable && !maxUnavailable) throw new UsageError("one of min-available or max-unavailable must be specified");
    if (minAvailable && maxUnavailable) throw new UsageError("min-available and max-unavailable cannot be both specified");
    const spec = {
      ...(minAvailable && { minAvailable: intOrString(minAvailable) }),
      ...(maxUnavailable && { maxUnavailable: intOrString(maxUnavailable) }),
      selector: specSelector(selector),
    };
    const status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
    return manifest("policy/v1", "PodDisruptionBudget", { name }, { spec, status });
  },
};
