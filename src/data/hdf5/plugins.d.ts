/** A plugin of HDF5's library, as the bundler puts it in. */
declare module 'h5wasm-plugins/plugins/*.so' {
  const code: Uint8Array;
  // biome-ignore lint/style/noDefaultExport: the bundler gives the bytes of a file as its default export
  export default code;
}

/** HDF5's library as often as it is asked for: the package's own entry makes one and no more. */
declare module '*/h5wasm/dist/esm/hdf5_util.js' {
  const make: (options: {
    readonly noInitialRun: true;
    /** Given the imports, hands over an instance: then the library does not unpack its own program. */
    readonly instantiateWasm?: (
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ) => void;
  }) => Promise<unknown>;
  // biome-ignore lint/style/noDefaultExport: it is the package's
  export default make;
}
