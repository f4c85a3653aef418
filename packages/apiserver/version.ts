/** What /version answers. Source: apimachinery `version.Info`. */
export interface VersionInfo {
  major: string;
  minor: string;
  gitVersion: string;
  gitCommit: string;
  gitTreeState: string;
  buildDate: string;
  goVersion: string;
  compiler: string;
  platform: string;
}

/** The Kubernetes version whose API is spoken, told with Wherry's own as build metadata. */
export function versionInfo(version: string): VersionInfo {
  const platform = `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`;
  return {
    major: "1",
    minor: "30",
    gitVersion: `v1.30.0+wherry-${version}`,
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: process.version,
    compiler: "v8",
    platform,
  };
}
