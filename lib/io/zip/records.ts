/** The records of a zip archive: what stands where, in PKWARE's APPNOTE. All numbers are little-endian. */

export const LOCAL = 0x04034b50;
export const CENTRAL = 0x02014b50;
export const END = 0x06054b50;
export const END64 = 0x06064b50;
export const LOCATOR64 = 0x07064b50;

export const LOCAL_SIZE = 30;
export const CENTRAL_SIZE = 46;
export const END_SIZE = 22;
export const END64_SIZE = 56;
export const LOCATOR64_SIZE = 20;

/** What stands in a field of 32 bits whose number is in the zip64 part, and its like for 16 bits. */
export const MANY32 = 0xffffffff;
export const MANY16 = 0xffff;

/** Extra fields: sizes and places of 64 bits; room that some writers leave so that data begin at a multiple of something. */
export const EXTRA64 = 0x0001;
export const EXTRA_ROOM = 0xd935;

export const ENCRYPTED = 1;
export const SIZES_BEHIND = 8;
export const UTF8 = 0x800;

export const STORED = 0;
export const DEFLATED = 8;

export interface ZipEntry {
  readonly name: string;
  /** 0: as it is; 8: deflated. */
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly size: number;
  readonly packedSize: number;
  /** Where the entry's own header begins. */
  readonly place: number;
}

/** A date as archives have it: two seconds at a time, from 1980 on. */
export function dosTime(date: Date): { time: number; day: number } {
  const year = Math.min(Math.max(date.getFullYear(), 1980), 2107);
  return {
    time: (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1),
    day: ((year - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate(),
  };
}
