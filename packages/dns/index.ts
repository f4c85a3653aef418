export { nameserversOf } from "./forward/upstreams.ts";
export * from "./start-dns.ts";
