/** The parts of `ip -j link`, `addr` and `route` that are read here. */
export interface LinkJson {
  ifname: string;
  mtu: number;
  ifalias?: string;
  master?: string;
  addr_info?: { family: string; local: string; prefixlen: number }[];
}

/** Its `dst` is `default`, an address or a range. */
export interface RouteJson {
  type?: string;
  dst: string;
  gateway?: string;
  dev?: string;
  metric?: number;
}
