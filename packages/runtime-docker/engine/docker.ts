import type { Agent, IncomingMessage } from "node:http";
import type Docker from "dockerode";
import type { DockerOptions } from "dockerode";
import type { EngineAddress } from "./address.ts";

/** The engine's client; a call's whole answer is read before it resolves, unless the call asks for a stream. */
export type { Docker };

type Dial = Docker["modem"]["dial"];

/** A client for the engine at the address, over the agent's connections. Nothing is asked of the engine yet. */
export async function openDocker(address: EngineAddress, agent: Agent): Promise<Docker> {
  const { default: Dockerode } = await import("dockerode");
  const { text: _, ...where } = address;
  const options: DockerOptions & { agent: Agent } = { ...NOT_FROM_ENVIRONMENT, ...where, agent };
  const docker = new Dockerode(options);
  docker.modem.dial = wholeAnswers(docker.modem.dial.bind(docker.modem));
  return docker;
}

/** What docker-modem would else take from DOCKER_HOST and its like: the address is the caller's. */
const NOT_FROM_ENVIRONMENT = { protocol: "http", host: undefined, port: undefined, timeout: undefined } as const;

/** docker-modem never calls back when the connection breaks in the middle of an answer, unless it is asked for the stream. */
function wholeAnswers(dial: Dial): Dial {
  return (options, callback = () => {}) => {
    if (options.isStream || options.hijack) return dial(options, callback);
    dial({ ...options, isStream: true }, (refusal, response) => {
      if (refusal) return callback(refusal, null);
      readJson(response as IncomingMessage).then(
        (value) => callback(null, value),
        (error: Error) => callback(error, null),
      );
    });
  };
}

/** Null when there is no body. */
async function readJson(response: IncomingMessage): Promise<object | null> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString("utf8");
  return text.trim() ? (JSON.parse(text) as object) : null;
}
