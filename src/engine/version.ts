/** Of the program; the build puts package.json's in place of the variable. */
export const version = process.env.SEXTANT_VERSION ?? '0.0.0-dev';
