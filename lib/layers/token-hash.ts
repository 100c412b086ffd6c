/** Hashes of tokens, the ones that TensorFlow spreads unknown tokens with, so that a layer of Keras' gives the same numbers here. */

const MASK = (1n << 64n) - 1n;

function wrap(value: bigint): bigint {
  return value & MASK;
}

/** Little-endian bytes as a number. */
function fetch(bytes: Uint8Array, from: number, count: number): bigint {
  let value = 0n;
  for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[from + i]!);
  return value;
}

function rotateRight(value: bigint, by: bigint): bigint {
  return wrap((value >> by) | (value << (64n - by)));
}

function rotateLeft(value: bigint, by: bigint): bigint {
  return rotateRight(value, 64n - by);
}

const [K0, K2] = [0xc3a5c85c97cb3127n, 0x9ae16a3b2f90404fn];

function mixed(u: bigint, v: bigint, factor: bigint): bigint {
  let a = wrap((u ^ v) * factor);
  a ^= a >> 47n;
  let b = wrap((v ^ a) * factor);
  b ^= b >> 47n;
  return wrap(b * factor);
}

/** FarmHash64 of at most 16 bytes, of which a token's decimal digits are never more. */
function farmHash(bytes: Uint8Array): bigint {
  const n = bytes.length;
  const factor = wrap(K2 + BigInt(2 * n));
  if (n >= 8) {
    const a = wrap(fetch(bytes, 0, 8) + K2);
    const b = fetch(bytes, n - 8, 8);
    return mixed(wrap(rotateRight(b, 37n) * factor + a), wrap((rotateRight(a, 25n) + b) * factor), factor);
  }
  if (n >= 4) return mixed(BigInt(n) + (fetch(bytes, 0, 4) << 3n), fetch(bytes, n - 4, 4), factor);
  const y = BigInt(bytes[0]! + (bytes[n >> 1]! << 8));
  const z = BigInt(n + (bytes[n - 1]! << 2));
  const value = wrap(y * K2) ^ wrap(z * K0);
  return wrap((value ^ (value >> 47n)) * K2);
}

/** SipHash-2-4. */
function sipHash(bytes: Uint8Array, [k0, k1]: readonly [bigint, bigint]): bigint {
  let [v0, v1] = [k0 ^ 0x736f6d6570736575n, k1 ^ 0x646f72616e646f6dn];
  let [v2, v3] = [k0 ^ 0x6c7967656e657261n, k1 ^ 0x7465646279746573n];
  const round = (times: number): void => {
    for (let i = 0; i < times; i++) {
      v0 = wrap(v0 + v1);
      v1 = rotateLeft(v1, 13n) ^ v0;
      v0 = rotateLeft(v0, 32n);
      v2 = wrap(v2 + v3);
      v3 = rotateLeft(v3, 16n) ^ v2;
      v0 = wrap(v0 + v3);
      v3 = rotateLeft(v3, 21n) ^ v0;
      v2 = wrap(v2 + v1);
      v1 = rotateLeft(v1, 17n) ^ v2;
      v2 = rotateLeft(v2, 32n);
    }
  };
  const absorb = (word: bigint): void => {
    v3 ^= word;
    round(2);
    v0 ^= word;
  };
  const whole = bytes.length - (bytes.length % 8);
  for (let i = 0; i < whole; i += 8) absorb(fetch(bytes, i, 8));
  absorb(fetch(bytes, whole, bytes.length - whole) | (BigInt(bytes.length & 255) << 56n));
  v2 ^= 255n;
  round(4);
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The bucket of a whole number: of FarmHash64, or with a salt of SipHash, over its decimal digits. */
export function tokenBucket(token: number, buckets: number, salt: readonly [number, number] | null): number {
  const bytes = new TextEncoder().encode(String(token));
  const hash = salt ? sipHash(bytes, [wrap(BigInt(salt[0])), wrap(BigInt(salt[1]))]) : farmHash(bytes);
  return Number(hash % BigInt(buckets));
}
