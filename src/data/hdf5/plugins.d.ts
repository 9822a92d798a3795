/** A plugin of HDF5's library, as the bundler puts it in. */
declare module 'h5wasm-plugins/plugins/*.so' {
  const code: Uint8Array;
  // biome-ignore lint/style/noDefaultExport: the bundler gives the bytes of a file as its default export
  export default code;
}
