const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** What Go prints for a time that was never set. */
const NEVER = "Mon, 01 Jan 0001 00:00:00 +0000";

/** An API time in the time zone of this machine: `Mon, 02 Jan 2006 15:04:05 -0700`. Source: Go's `time.RFC1123Z`. */
export function longTime(text: string | null | undefined): string {
  if (!text) return NEVER;
  const at = new Date(text);
  return `${DAYS[at.getDay()]}, ${two(at.getDate())} ${MONTHS[at.getMonth()]} ${at.getFullYear()} ${clockTime(at)} ${offset(at)}`;
}

/** An API time as Go prints one that nobody gave a form: `2006-01-02 15:04:05 -0700 MST`. */
export function plainTime(text: string | null | undefined): string {
  if (!text) return "0001-01-01 00:00:00 +0000 UTC";
  const at = new Date(text);
  const zone = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(at).find((p) => p.type === "timeZoneName")?.value;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clockTime(at)} ${offset(at)} ${zone}`;
}

const clockTime = (at: Date) => [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");

function offset(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.trunc(size / 60))}${two(size % 60)}`;
}

const two = (n: number) => String(n).padStart(2, "0");
