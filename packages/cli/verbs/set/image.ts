import { UsageError } from "../../errors.ts";
import type { Verb } from "../../verb.ts";
import { changeAll, type SetOptions, setFlags, splitWords } from "./change.ts";
import { matching, podSpecOf } from "./pod-spec.ts";

/** `wherry set image`. */
export const image: Verb = {
  description: "set the images of containers",
  words: "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
  client: true,
  completes: "objects",
  flags: setFlags,
  run: (words, options: SetOptions, { write }) => {
    const { names, changes } = splitWords(words, (word) => word.includes("="));
    if (!changes.length) throw new UsageError("at least one image update is required");
    const images = changes.map((change) => change.split(/=(.*)/s) as [string, string]);
    return changeAll(
      names,
      options,
      {
        done: "image updated",
        failed: "failed to patch image update to pod template: ",
        apply: (object) => setImages(podSpecOf(object), images),
      },
      write,
    );
  },
};

function setImages({ containers, initContainers = [] }: ReturnType<typeof podSpecOf>, images: readonly [string, string][]): void {
  for (const [name, value] of images) {
    const found = matching([...containers, ...initContainers], name);
    if (!found.length) throw new UsageError(`unable to find container named "${name}"`);
    for (const container of found) container.image = value;
  }
}
