import { vi } from 'vitest';

/** WebAssembly cannot have memory, as where a limit on addresses (ulimit -v) leaves none, until mocks are restored. */
export function limitAddresses(): void {
  vi.spyOn(WebAssembly, 'Memory').mockImplementation(
    class {
      constructor() {
        throw new RangeError('could not allocate memory');
      }
    } as never,
  );
}
