/** More findings help nobody. */
const LIMIT = 100;

interface Frame {
  /** The keys so far; absent in an array. */
  keys: Set<string> | undefined;
  key: string;
  index: number;
}

/** Paths such as `spec.containers[0].name` of keys that stand twice in one object. @param text valid JSON */
export function duplicateKeys(text: string): string[] {
  const found = new Set<string>();
  const stack: Frame[] = [];
  let top: Frame | undefined;
  let expectsKey = false;
  for (let i = 0; i < text.length && found.size < LIMIT; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: {
        const end = endOfString(text, i);
        if (expectsKey && top?.keys) {
          if (enterKey(top, text.slice(i, end + 1))) found.add(pathOf(stack));
          expectsKey = false;
        }
        i = end;
        break;
      }
      case 0x7b:
      case 0x5b:
        expectsKey = text.charCodeAt(i) === 0x7b;
        top = { keys: expectsKey ? new Set() : undefined, key: "", index: 0 };
        stack.push(top);
        break;
      case 0x7d:
      case 0x5d:
        stack.pop();
        top = stack.at(-1);
        expectsKey = false;
        break;
      case 0x2c:
        expectsKey = top?.keys !== undefined;
        if (top && !top.keys) top.index++;
    }
  }
  return [...found];
}

/** The index of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x5c) i++;
    else if (c === 0x22) break;
  }
  return i;
}

/** Whether the key was there before. */
function enterKey(frame: Frame, quoted: string): boolean {
  frame.key = quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (frame.keys!.has(frame.key)) return true;
  frame.keys!.add(frame.key);
  return false;
}

function pathOf(stack: readonly Frame[]): string {
  return stack.reduce((path, frame) => (frame.keys ? `${path && `${path}.`}${frame.key}` : `${path}[${frame.index}]`), "");
}
