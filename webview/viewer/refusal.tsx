import { useState } from 'preact/hooks';
import type { FileDescription } from '../../src/protocol/engine';
import { messageOf } from '../../src/protocol/errors';
import type { ViewerApi } from '../../src/protocol/viewer';

interface RefusalProps {
  readonly title: string;
  readonly problem: string;
  readonly host: ViewerApi;
  again(): void;
  /** Raw bytes could be read after all. */
  onRead(file: FileDescription, raw: string): void;
}

/** Why a file cannot be shown, and what else can be done with it. */
export function Refusal({ title, problem, host, again, onRead }: RefusalProps) {
  return (
    <main class="viewer refusal">
      <h1>{title} cannot be shown</h1>
      <p role="alert">{problem}</p>
      {/\.(bin|raw)$/i.test(title) && <RawForm host={host} onRead={onRead} />}
      <p class="bar">
        <vscode-button appearance="secondary" onClick={() => void host.openOtherwise().catch(() => {})}>
          Open with another editor…
        </vscode-button>
        <vscode-button appearance="secondary" onClick={again}>
          Try again
        </vscode-button>
      </p>
    </main>
  );
}

const types = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
];

/** Asks what raw bytes are: they do not say it themselves. */
function RawForm({ host, onRead }: Pick<RefusalProps, 'host' | 'onRead'>) {
  const [problem, setProblem] = useState('');
  const read = async (event: Event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(fields.get(name) ?? '').trim();
    const shape = text('shape')
      .replace(/[\s,×]+/g, 'x')
      .replace(/^x+|x+$/g, '');
    const offset = text('offset');
    const raw = `${text('order')}${text('type')}:${shape}${offset === '' || offset === '0' ? '' : `@${offset}`}`;
    try {
      onRead(await host.describe({ raw }), raw);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <form class="raw" onSubmit={read}>
      <label>
        Type
        <select name="type">
          {types.map((type) => (
            <option key={type} value={type}>
              {type}
            </option>
          ))}
        </select>
      </label>
      <label>
        Shape
        <input name="shape" type="text" placeholder="450 x 64" autocomplete="off" />
      </label>
      <label>
        First byte
        <input name="offset" type="text" inputMode="numeric" placeholder="0" autocomplete="off" />
      </label>
      <label>
        Bytes
        <select name="order">
          <option value="">little-endian</option>
          <option value=">">big-endian</option>
        </select>
      </label>
      <button type="submit" class="secondary">
        Read as raw numbers
      </button>
      {problem !== '' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
