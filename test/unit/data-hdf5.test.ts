import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { openData } from '../../src/data/file';
import { Hdf5Client, hdf5Worker } from '../../src/data/hdf5/client';
import { blocks } from '../../src/data/hdf5/read';
import { unfilled } from '../../src/data/hdf5/text';
import { openSource } from '../../src/data/source';
import { UserError } from '../../src/protocol/errors';
import { limit, read, refusal, scratch } from './data-files';
import { bundleHdf5Worker } from './hdf5-worker';

const { write } = scratch();
const fixtures = join(import.meta.dirname, '..', 'fidelity', 'fixtures', 'hdf5');
const fixture = (name: string) => join(fixtures, name);
let script: string | undefined;
beforeAll(async () => {
  await bundleHdf5Worker();
  script = hdf5Worker.script;
});
afterEach(() => {
  hdf5Worker.patience = 2_000;
  if (script) hdf5Worker.script = script;
});

test('cut files are refused in words, wherever they end', async () => {
  const whole = readFileSync(fixture('storage.h5'));
  for (const at of [9, 1024, 1100, 3000, 20_000, whole.length - 1])
    expect(await refusal(openData(write('cut.h5', whole.subarray(0, at))))).toMatch(/^cut\.h5/);
  expect(await refusal(openData(write('text.h5', 'no such thing')))).toBe(
    'text.h5 cannot be read: file signature not found. Save it again, or copy it anew.',
  );
});

test('a damaged object is described as such, or its values refused; the others are read', async () => {
  const whole = readFileSync(fixture('storage.h5'));
  const right = (await read(fixture('storage.h5'), 'contiguous')).data;
  let told = 0;
  for (let k = 0; k < 8; k++) {
    const damaged = Buffer.from(whole);
    // Multiples of an irrational number spread evenly.
    const at = 1024 + Math.floor(((k * 0.6180339887) % 1) * (whole.length - 1024));
    damaged.fill(0xff, at, at + 8);
    const path = write('damaged.h5', damaged);
    try {
      const file = await openData(path);
      try {
        for (const { name } of file.describe().tensors) await file.read(name, { limit });
        const { data } = await file.read('contiguous', { limit });
        expect(data.length).toBe(right.length);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      told++;
    }
  }
  expect(told).toBeGreaterThan(2);
});

test('a declared size is not believed: a window is read, the whole is refused', async () => {
  const part = await read(fixture('huge.h5'), 'declared', { rows: [2 ** 40 - 2, 2 ** 40] });
  expect([part.shape, part.data.every((value) => value === 3)]).toEqual([[2, 1024], true]);
  expect(await refusal(read(fixture('huge.h5'), 'declared'))).toMatch(
    /^huge\.h5: tensor 'declared' needs 4\.50 PB of memory/,
  );
});

test('a size beyond what any file can hold is described as such', async () => {
  const file = await openData(fixture('huge.h5'));
  const beyond = file.describe().tensors.find(({ name }) => name === 'beyond');
  expect(beyond?.unusable).toBe(
    'it has shape (1125899906842624, 1048576), more than any file can hold. Save it again.',
  );
  await file.close();
});

test('a chunk that unpacks to more than memory allows is refused; the rest of the file is read', async () => {
  expect(statSync(fixture('bomb.h5')).size).toBeLessThan(1e6);
  const file = await openData(fixture('bomb.h5'));
  expect(await refusal(file.read('zeros', { limit, rows: [0, 1] }))).toMatch(
    /^bomb\.h5: tensor 'zeros' cannot be read/,
  );
  expect([...(await file.read('small', { limit })).data]).toEqual([0, 1, 2]);
  await file.close();
});

test('a library that does not come back is stopped, and the next file is read', async () => {
  hdf5Worker.script = write('stuck.js', 'for (;;);');
  hdf5Worker.patience = 200;
  expect(await refusal(openData(fixture('dtypes.h5')))).toContain(
    "dtypes.h5: HDF5's library made no progress for 0.2 seconds and was stopped",
  );
  hdf5Worker.patience = 2_000;
  const controller = new AbortController();
  const opening = openData(fixture('dtypes.h5'), { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(opening).rejects.toThrow('enough');
  hdf5Worker.script = script as string;
  expect((await read(fixture('objects.h5'), 'soft')).data[0]).toBe(1);
});

test('what is asked of a file that is closed meanwhile is not waited for', async () => {
  hdf5Worker.script = write('mute.js', 'setInterval(() => {}, 1000);');
  hdf5Worker.patience = Number.POSITIVE_INFINITY;
  const source = await openSource(fixture('dtypes.h5'));
  const client = new Hdf5Client(source);
  const asked = refusal(client.ask({ kind: 'list', matlab: false }, 'dtypes.h5'));
  // Once it is on its way.
  await new Promise(setImmediate);
  await client.close();
  expect(await asked).toBe('dtypes.h5: the file was closed while it was read. Open it again.');
  await source.close();
});

test('a thread that ends by itself is told', async () => {
  for (const program of ['process.exit(1);', 'throw new Error("no");']) {
    hdf5Worker.script = write('crash.js', program);
    expect(await refusal(openData(fixture('dtypes.h5')))).toContain("HDF5's library gave up on this file");
  }
});

test('LZF that was told of other chunks than there are is refused, and nothing is read behind them', async () => {
  const whole = readFileSync(fixture('storage.h5'));
  // Its revision, its version, and the bytes of a chunk.
  const at = whole.indexOf(Buffer.from([4, 0, 0, 0, 5, 1, 0, 0])) + 8;
  expect(at).toBeGreaterThan(8);
  const damaged = Buffer.from(whole);
  damaged.writeUInt32LE(whole.readUInt32LE(at) - 4, at);
  const file = await openData(write('lzf.h5', damaged));
  expect(file.describe().tensors.map(({ unusable }) => unusable)).toContainEqual(
    expect.stringContaining('its chunks are of another size than its filter was told'),
  );
  await file.close();
});

test('storage that is declared smaller than the values is told where a part of them would be read behind it', async () => {
  const whole = readFileSync(fixture('dtypes.h5'));
  // 24 of two bytes: version and class of the layout, the place, the bytes.
  const places = [...whole.keys()].filter(
    (at) =>
      whole.readUInt16LE(Math.min(at, whole.length - 2)) === 0x103 && at % 8 === 0 && whole.indexOf(48, at) === at + 10,
  );
  expect(places.length).toBeGreaterThan(0);
  const damaged = Buffer.from(whole);
  for (const at of places) damaged[at + 10] = 32;
  const path = write('damaged.h5', damaged);
  const good = await read(fixture('dtypes.h5'), 'big/int16', { rows: [1, 3] });
  expect(good.data.length).toBe(16);
  expect(await refusal(read(path, 'big/int16', { rows: [1, 3] }))).toBe(
    "damaged.h5: tensor 'big/int16' cannot be read: its storage ends after 16 bytes where 32 are read; the file is damaged. " +
      'Save it again, or copy it anew.',
  );
});

test('a thread serves one file after the other, and two at a time have two', async () => {
  const begun = write('begun', '');
  const mark = `require('node:fs').appendFileSync(${JSON.stringify(begun)}, 'x');`;
  hdf5Worker.script = write('counted.js', `${mark} require(${JSON.stringify(script)});`);
  const soft = async () => expect((await read(fixture('objects.h5'), 'soft')).data[0]).toBe(1);
  for (let k = 0; k < 3; k++) {
    await soft();
    expect(await refusal(openData(write('text.h5', 'no such thing')))).toContain('file signature not found');
  }
  expect(readFileSync(begun, 'utf8')).toBe('x');
  const [one, other] = [await openData(fixture('objects.h5')), await openData(fixture('dtypes.h5'))];
  expect((await one.read('soft', { limit })).data[0]).toBe(1);
  await other.close();
  await one.close();
  expect(readFileSync(begun, 'utf8')).toBe('xx');
  await soft();
  expect(readFileSync(begun, 'utf8')).toBe('xx');
  // A library that gave up takes its thread with it.
  const bomb = await openData(fixture('bomb.h5'));
  expect(await refusal(bomb.read('zeros', { limit, rows: [0, 1] }))).toMatch(/^bomb\.h5/);
  await bomb.close();
  await soft();
});

test('what cannot be asked of a dataset', async () => {
  expect(await refusal(read(fixture('objects.h5'), 'encoder'))).toContain("there is no tensor 'encoder'; it holds");
  expect(await refusal(read(fixture('objects.h5'), 'words'))).toBe(
    "objects.h5: tensor 'words' cannot be read as numbers: it holds text. Use it as labels, or save numbers.",
  );
  expect(await refusal(read(fixture('objects.h5'), 'soft', { rows: [1, 9] }))).toContain('has 3 rows; rows 1:9');
  expect(await refusal(read(fixture('objects.h5'), 'soft', { limit: 10 }))).toContain('the bound is 10 bytes');
  expect(await refusal(read(fixture('objects.h5'), 'soft', { columns: 'a' }))).toContain('only tables have named');
});

test('blocks cover what is wanted once, and no chunk twice', () => {
  for (const [shape, chunks, offsets, lengths] of [
    [
      [35, 7, 5],
      [8, 3, 2],
      [3, 0, 0],
      [20, 7, 5],
    ],
    [
      [10_000, 3000],
      [4000, 7],
      [100, 0],
      [9000, 3000],
    ],
    [[40, 3_000_000], null, [1, 0], [38, 3_000_000]],
    [[5], [2], [0], [5]],
  ] as const) {
    let total = 0;
    const seen = new Set<string>();
    for (const { start, count } of blocks({ shape: [...shape], chunks: chunks && [...chunks] }, offsets, lengths, 4)) {
      const size = count.reduce((product, length) => product * length, 1);
      expect(4 * size).toBeLessThanOrEqual(8 << 20);
      total += size;
      if (!chunks) continue;
      const first = start.map((at, axis) => Math.floor(at / (chunks[axis] as number)));
      const last = start.map((at, axis) => Math.floor((at + (count[axis] as number) - 1) / (chunks[axis] as number)));
      for (let i = first[0] as number; i <= (last[0] as number); i++)
        for (let j = first[1] ?? 0; j <= (last[1] ?? 0); j++)
          for (let k = first[2] ?? 0; k <= (last[2] ?? 0); k++) {
            const chunk = [i, j, k].join();
            expect(seen.has(chunk)).toBe(false);
            seen.add(chunk);
          }
    }
    expect(total).toBe(lengths.reduce((product: number, length) => product * length, 1));
  }
});

test('text loses the blanks and zeros at its end, however many stand within', () => {
  const within = `${' \0'.repeat(500_000)}x`;
  expect(unfilled(`${within}\0 \0`)).toBe(within);
  expect([unfilled(' \0'), unfilled('')]).toEqual(['', '']);
});
