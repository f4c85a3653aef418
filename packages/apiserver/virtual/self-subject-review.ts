import type { UserInfo } from "@wherry/api";
import type { User } from "../exchange.ts";
import { callerOf } from "./access-reviews.ts";
import type { VirtualHandlers } from "./create.ts";

/** Tells callers who they are. Source: upstream's `registry/authentication/selfsubjectreview`. */
export const selfSubjectReviews: VirtualHandlers = {
  SelfSubjectReview: (call) => ({ userInfo: userInfo(callerOf(call)) }),
};

/** A user as the API shows it. */
export function userInfo({ name, uid, groups, extra }: User): UserInfo {
  const more = Object.entries(extra ?? {}).map(([key, values]): [string, string[]] => [key, [...values]]);
  return { username: name, ...(uid && { uid }), groups: [...groups], ...(more.length > 0 && { extra: Object.fromEntries(more) }) };
}
