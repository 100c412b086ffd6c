/** Files of pictures, whose ending says what they are, and texts inside of them. */
import path from 'node:path';
import { ArgumentError } from '../errors.js';

/** What a picture's ending says it is; others are refused. */
export function pictureKind(where: string, file: unknown, hint?: string, expected = 'a file that ends in .png or .svg'): 'svg' | 'png' {
  const kind = path.extname(String(file)).toLowerCase();
  if (kind === '.svg' || kind === '.png') return kind.slice(1) as 'svg' | 'png';
  throw new ArgumentError({ where, expected, received: String(file), hint });
}

/** A text inside of HTML or SVG, or of one of their attributes. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
