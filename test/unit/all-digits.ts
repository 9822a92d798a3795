import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Matrix } from '../../src/linalg/matrix';

const bytes = gunzipSync(readFileSync(new URL('../fidelity/fixtures/digits/digits.bin.gz', import.meta.url)));

/** The 1,797 digits of scikit-learn: 64 pixels from 0 to 16, and the digit. */
export const allDigits = {
  pixels: new Matrix(
    Float64Array.from({ length: (bytes.length / 65) * 64 }, (_, k) => bytes[65 * (k >> 6) + (k & 63)] as number),
    bytes.length / 65,
    64,
  ),
  of: Int32Array.from({ length: bytes.length / 65 }, (_, i) => bytes[65 * i + 64] as number),
};
