import type { TokenReview, TokenReviewStatus } from "@wherry/api";
import { badRequest } from "@wherry/base";
import { authenticated, type TokenAuthenticator, type TokenOwner } from "../authenticate.ts";
import type { VirtualHandlers } from "./create.ts";
import { userInfo } from "./self-subject-review.ts";

/** Tells whose token it is, by the same authenticator that requests go through. Source: upstream's `registry/authentication/tokenreview`. */
export function tokenReviews(authenticate: TokenAuthenticator): VirtualHandlers {
  return {
    async TokenReview(_call, object): Promise<TokenReviewStatus> {
      const { token, audiences = [] } = (object as TokenReview).spec;
      if (!token) throw badRequest("token is required for TokenReview in authentication");
      try {
        const owner = await authenticate(token, audiences);
        return owner ? known(owner) : { user: {}, error: "invalid bearer token" };
      } catch (error) {
        return { user: {}, error: `[invalid bearer token, ${error instanceof Error ? error.message : String(error)}]` };
      }
    },
  };
}

function known({ user, audiences = [] }: TokenOwner): TokenReviewStatus {
  return { authenticated: true, user: userInfo(authenticated(user)), ...(audiences.length > 0 && { audiences: [...audiences] }) };
}
