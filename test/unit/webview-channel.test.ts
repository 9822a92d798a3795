import { describe, expect, it } from 'vitest';
import { caller, emit, onEvents, type Port, serve } from '../../src/protocol/channel';
import { Cancelled, EngineLost, UserError } from '../../src/protocol/errors';

interface Api {
  double(call: { values: Float32Array }): Promise<Float32Array>;
  fail(kind: string): Promise<void>;
  nothing(): Promise<void>;
}

interface Events {
  tick: number;
  done: { readonly why: string };
}

class Served implements Api {
  readonly #factor = 2;
  async double({ values }: { values: Float32Array }): Promise<Float32Array> {
    return values.map((value) => value * this.#factor);
  }
  async fail(kind: string): Promise<void> {
    if (kind === 'user') throw new UserError('a.npy is empty.');
    if (kind === 'cancelled') throw new Cancelled();
    if (kind === 'lost') throw new EngineLost('The engine stopped.');
    throw new RangeError('off by one');
  }
  async nothing(): Promise<void> {}
}

/** Two ends; messages are copied as postMessage copies them, and arrive later. */
function pair(): [Port, Port] {
  const listeners: Set<(message: unknown) => void>[] = [new Set(), new Set()];
  const port = (own: number): Port => ({
    post: (message) => {
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => {
        for (const listener of listeners[1 - own] ?? []) listener(copy);
      });
    },
    onMessage: (listener) => {
      listeners[own]?.add(listener);
      return () => listeners[own]?.delete(listener);
    },
  });
  return [port(0), port(1)];
}

describe('channel', () => {
  it('carries calls and replies, typed arrays as they are', async () => {
    const [host, page] = pair();
    serve<Api>(host, new Served());
    const api = caller<Api>(page);
    const [first, second] = await Promise.all([
      api.double({ values: Float32Array.of(1, 2) }),
      api.double({ values: Float32Array.of(5) }),
    ]);
    expect(first).toEqual(Float32Array.of(2, 4));
    expect(second).toEqual(Float32Array.of(10));
    expect(await api.nothing()).toBeUndefined();
  });

  it('brings errors back as what they were', async () => {
    const [host, page] = pair();
    serve<Api>(host, new Served());
    const api = caller<Api>(page);
    await expect(api.fail('user')).rejects.toThrow(new UserError('a.npy is empty.'));
    await expect(api.fail('user')).rejects.toBeInstanceOf(UserError);
    await expect(api.fail('cancelled')).rejects.toBeInstanceOf(Cancelled);
    await expect(api.fail('lost')).rejects.toBeInstanceOf(EngineLost);
    await expect(api.fail('other')).rejects.toMatchObject({
      message: 'off by one',
      stack: expect.stringContaining('fail'),
    });
  });

  it('answers an unknown method with an error, also for names that every object has', async () => {
    const [host, page] = pair();
    serve<Api>(host, new Served());
    const api = caller<Api & { missing(): Promise<void>; toString(): Promise<string> }>(page);
    await expect(api.missing()).rejects.toThrow('Unknown method: missing');
    await expect(api.toString()).rejects.toThrow('Unknown method: toString');
  });

  it('rejects a call whose argument cannot be copied, and one whose reply cannot', async () => {
    const [host, page] = pair();
    serve<{ give(): Promise<unknown> }>(host, { give: async () => () => 1 });
    const api = caller<{ give(argument?: unknown): Promise<unknown> }>(page);
    await expect(api.give(() => 1)).rejects.toThrow();
    await expect(api.give()).rejects.toThrow();
  });

  it('carries events to their listeners until these stop, and ignores other messages', async () => {
    const [host, page] = pair();
    const seen: unknown[] = [];
    const stop = onEvents<Events>(page, { tick: (n) => seen.push(n), done: ({ why }) => seen.push(why) });
    emit<Events, 'tick'>(host, 'tick', 1);
    emit<Events, 'done'>(host, 'done', { why: 'enough' });
    host.post({ from: 'someone else' });
    host.post('text');
    await new Promise((resolve) => setImmediate(resolve));
    stop();
    emit<Events, 'tick'>(host, 'tick', 2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([1, 'enough']);
  });

  it('can be awaited without being called', async () => {
    const [, page] = pair();
    const api = caller<Api>(page);
    expect(await Promise.resolve(api)).toBe(api);
  });
});
