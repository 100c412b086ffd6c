/** Tables of text with box characters, laid out as Python's rich does it for Keras. */

export type Align = 'left' | 'right' | 'center';

/** Half to even, as Python rounds. */
function roundEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Takes `excess` off the widths, evenly: each column gives its share of what is left to take. */
function shrink(widths: readonly number[], excess: number): number[] {
  let left = excess;
  return widths.map((width, i) => {
    const taken = Math.min(width, roundEven(left / (widths.length - i)));
    left -= taken;
    return width - taken;
  });
}

/** Cuts a line that does not fit, which happens only to single words. */
function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(width - 1, 0))}…`;
}

/** Breaks a text between words. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/\s*\S+\s*/g) ?? ['']) {
    if (line !== '' && line.length + word.trimEnd().length > width) {
      lines.push(line);
      line = '';
    }
    line += word;
  }
  lines.push(line);
  return lines.map((part) => cut(part.length > width ? part.trimEnd() : part, width));
}

function pad(line: string, width: number, align: Align): string {
  const text = align === 'left' ? line : line.trimEnd();
  const room = Math.max(width - text.length, 0);
  if (align === 'left') return text + ' '.repeat(room);
  const before = align === 'right' ? room : Math.floor(room / 2);
  return ' '.repeat(before) + text + ' '.repeat(room - before);
}

/** The lines of a table of `length` characters; `wanted` are the widths of the columns before they are made to fit. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  wanted: readonly number[],
  align: readonly Align[],
  length: number,
): string[] {
  const padded = wanted.map((width) => width + 2);
  const room = length - wanted.length - 1;
  const widths = shrink(padded, padded.reduce((sum, width) => sum + width, 0) - room);
  const rule = (left: string, dash: string, cross: string, right: string): string =>
    left + widths.map((width) => dash.repeat(width)).join(cross) + right;
  const render = (cells: readonly string[], wall: string): string[] => {
    const lines = cells.map((cell, i) => wrap(cell, widths[i]! - 2));
    const height = Math.max(...lines.map((part) => part.length));
    return Array.from({ length: height }, (_, at) => {
      const parts = lines.map((part, i) => ` ${pad(part[at] ?? '', widths[i]! - 2, align[i]!)} `);
      return wall + parts.join(wall) + wall;
    });
  };
  const body = rows.flatMap((row, i) => [...(i > 0 ? [rule('├', '─', '┼', '┤')] : []), ...render(row, '│')]);
  return [rule('┏', '━', '┳', '┓'), ...render(header, '┃'), rule('┡', '━', '╇', '┩'), ...body, rule('└', '─', '┴', '┘')];
}
