/** The part of Python's `str.format` that names of files need: `{epoch:02d}`, `{val_loss:.2f}`. */
import { ArgumentError } from '../errors.js';

const FIELD = /\{\{|\}\}|\{([^{}:]*)(?::([^{}]*))?\}|[{}]/g;
const SPEC = /^([+ ]?)(0?)(\d*)(?:\.(\d+))?([dfFeEgG%]?)$/;

/** Two digits at least, as Python writes exponents. */
function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** A number that lies in the middle goes to the even side, where JavaScript's goes up. */
function fixed(value: number, digits: number): string {
  const scaled = value * 10 ** digits;
  const middle = scaled % 1 === 0.5 && Number.isInteger(value * 2 ** (digits + 1));
  return middle && Math.floor(scaled) % 2 === 0 ? (Math.floor(scaled) / 10 ** digits).toFixed(digits) : value.toFixed(digits);
}

/** Python's `g`: significant digits, without zeros at the end, in powers where that is shorter. */
function general(value: number, digits: number): string {
  const power = value === 0 ? 0 : Number(value.toExponential(Math.max(digits - 1, 0)).split('e')[1]);
  const short = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (power >= -4 && power < digits) return short(value.toFixed(Math.max(digits - 1 - power, 0)));
  const [mantissa, tail] = value.toExponential(Math.max(digits - 1, 0)).split('e');
  return exponent(`${short(mantissa!)}e${tail}`);
}

function digitsOf(value: number, precision: number | undefined, type: string): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : 'inf';
  if (type === 'd') return value.toFixed(0);
  if (type === '%') return `${fixed(value * 100, precision ?? 6)}%`;
  const lower = type.toLowerCase();
  if (lower === 'f') return fixed(value, precision ?? 6);
  if (lower === 'e') return exponent(value.toExponential(precision ?? 6));
  if (lower === 'g' || precision !== undefined) return general(value, precision === 0 ? 1 : (precision ?? 6));
  return String(value);
}

function formatted(where: string, value: number, spec: string): string {
  const match = SPEC.exec(spec);
  if (!match || (match[5] === 'd' && (match[4] !== undefined || !Number.isInteger(value)))) {
    throw new ArgumentError({
      where,
      expected: "a format such as '02d' (whole numbers), '.2f', '.3e' or '.4g'",
      received: `'${spec}' for ${value}`,
    });
  }
  const [, plus, zeros, width, precision, type] = match as unknown as [string, string, string, string, string | undefined, string];
  const sign = value < 0 || Object.is(value, -0) ? '-' : plus;
  let digits = digitsOf(Math.abs(value), precision === undefined ? undefined : Number(precision), type);
  if (type === 'E' || type === 'F' || type === 'G') digits = digits.toUpperCase();
  const room = Number(width) - sign.length;
  return zeros !== '' ? sign + digits.padStart(room, '0') : (sign + digits).padStart(Number(width));
}

/**
 * Fills in numbers by name.
 *
 * @throws ArgumentError that lists the names, where one is unknown; and where a brace stands alone
 */
export function pythonFormat(where: string, template: string, values: Readonly<Record<string, number>>): string {
  return template.replace(FIELD, (field: string, name?: string, spec?: string) => {
    if (field === '{{' || field === '}}') return field[0]!;
    if (name === undefined)
      throw new ArgumentError({ where, expected: 'braces in pairs', received: `'${template}'`, hint: 'write {{ or }} for a brace' });
    if (!Object.hasOwn(values, name)) {
      throw new ArgumentError({ where, expected: `names among ${Object.keys(values).join(', ')}`, received: `'{${name}}'` });
    }
    return formatted(where, values[name]!, spec ?? '');
  });
}
