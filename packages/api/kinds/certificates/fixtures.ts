/** Requests and a certificate that openssl made, for tests: the base64 between their PEM lines. */
export const EC_REQUEST = [
  "MIHYMH8CAQAwHTEMMAoGA1UECgwDZGV2MQ0wCwYDVQQDDARqYW5lMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAElXsmdaHegOi++dWy85mZEj9juBa6giti",
  "S85hBja5qmv0wjkZGUrVYg/ZYueTNZTY+B9A8izT1tMwUzKKoUN8GqAAMAoGCCqGSM49BAMCA0kAMEYCIQDZC5u7NW2yeey+3XVWJU8MQg0YdPzq8JE8jI2O",
  "QVAOuwIhALjIGomXn5e0IP3Zb9OyvW2YmDapOvt2VMeuahF/8V0H",
].join("");

export const ED25519_REQUEST = [
  "MIGMMEACAQAwDTELMAkGA1UEAwwCZWQwKjAFBgMrZXADIQCoXiw6JRv7kzDM+xN74EyXCsOde6SPcyuPdXCC7vebEaAAMAUGAytlcANBAKuCcXZy3CN34Scw",
  "I4a6DSi74MxKWNWxO7ZKaLEOmxKlFbfTRmeGtTnYw/dm6IKsfGyKwrruFLdrZpNqRqsxegE=",
].join("");

export const RSA_REQUEST = [
  "MIICUzCCATsCAQAwDjEMMAoGA1UEAwwDcnNhMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnj+mzzdkOLyLiFcyDLz2WCRQoQw9Z8fVv8HW6pXQ",
  "XTSzbh+6AhniAgpJwakPv7ZHXXuDVGJ3xjYoC/pmcIVZx2IWQmhkXVDjKox0HtkjJFG1FPuUKcKHnRegsPJK4p46fgBnbYMlmwgvY7FIPZMoImu/3lkwH41/",
  "qI0Dsu05m7lo/LO9371k0N3kPKP9hfR9N7HBnMxzKuUxf2RFIo7ikWm+4SOK+gVGXD7KoWZft1MTHjK2d9tzMPiJBKXcRmvJY4oKdJdhaF/FQa51c7/Y8Kz+",
  "JipxJZKnySE+riu0v+IVW2cxa08cYw+5Yrvt61CrdTRnlZ8nrKugOBfEURyl3QIDAQABoAAwDQYJKoZIhvcNAQELBQADggEBAEWY0Zgick0V3OCfnNxUjket",
  "8tV3kUTsKRH1La0Kbt4UoLkroS+bpYKelAdTgAOeCgWSjbdPyxF9/1h7I1eph8Xix+sXVkuLRIQlo7dp4pretgO6owEvmuU4PcYDM/Xrd0sbTs4LL3vDsnu7",
  "rTFSQVaaXCu9e84a9JUpp3hmINDW/ft2tB8eF/0e7dScq3Q3AhEOBeIYINkAk1L8jlXrKURg7SW5Ob6f0WkRzCNkdHxYaLkQfg2d5fka+idZl8HZdDBsVU2z",
  "Ds6dDFrSLjD49Dn8fGNV4W0/LuR/0vCBWWfTiNqXHY4Z+cgJwo6+ty6hwsIBxmKTIzrecn0iujaJ7KY=",
].join("");

export const CERTIFICATE = [
  "MIIBdTCCARugAwIBAgIUFLyHFxLHAIEvoKotWX9H8qVGY3AwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEamFuZTAgFw0yNjExMjMyMjE3MjhaGA8yMTI2MTAz",
  "MDIyMTcyOFowDzENMAsGA1UEAwwEamFuZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOizrj5+MFurCYrXi2sHrX0W2Zno+j0TYYgE/vgvncv4wh+sWnPN",
  "0GUVF1miAiGy+L79USnxsJm770xq5dHwS3ajUzBRMB0GA1UdDgQWBBSYPRTR89/74jBI/rVWsBnJ3mETvzAfBgNVHSMEGDAWgBSYPRTR89/74jBI/rVWsBnJ",
  "3mETvzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQD7+1q2LHQWDYqHR9jsWT9TAeRUrkODAlfU+WkVEQ4RNwIgHc3LmmOQ8bMIj6BiThbz",
  "iWDadq0EyTm3I8ro7nfxpsw=",
].join("");

/** A PEM block. */
export function pem(type: string, body: string): string {
  return `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`;
}

/** Text as the API carries bytes. */
export const base64 = (text: string) => Buffer.from(text).toString("base64");
