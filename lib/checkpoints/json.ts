/** JSON that keeps what plain JSON makes null of: a loss may be NaN, a best value infinite. */

/** What a checkpoint can keep besides arrays. */
export type Plain = null | boolean | number | string | undefined | readonly Plain[] | { readonly [key: string]: Plain };

const KEY = '$number';

export function toText(value: Plain): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'number' && (!Number.isFinite(part) || Object.is(part, -0))
      ? { [KEY]: Object.is(part, -0) ? '-0' : String(part) }
      : part,
  );
}

export function fromText(text: string): Plain {
  return JSON.parse(text, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    const keys = Object.keys(part);
    return keys.length === 1 && keys[0] === KEY ? Number((part as Record<string, unknown>)[KEY]) : part;
  }) as Plain;
}
