import type { CloudDrawn, CloudPlace, CloudStyle, DrawCloud, Looks } from './cloud';
import { gpuRenderer } from './cloud-gpu';
import { plainRenderer } from './cloud-plain';

/** Up to so many points this processor draws them sooner than the graphics processor is asked. */
const FEW = 50_000;

/** Renderers of this page. `gpu` is undefined until it is looked for, null where there is none worth asking. */
const renderers: { plain: DrawCloud; gpu: DrawCloud | null | undefined } = { plain: plainRenderer(), gpu: undefined };

/** Points drawn by whichever of the processors is quicker. The first picture does not wait for the graphics processor to start. */
export function drawCloud(
  canvas: HTMLCanvasElement,
  places: readonly CloudPlace[],
  looks: Looks,
  style: CloudStyle,
): CloudDrawn {
  const count = places.reduce((sum, { panel }) => sum + panel.xs.length, 0);
  if (count > FEW && renderers.gpu === undefined) {
    renderers.gpu = null;
    setTimeout(() => {
      renderers.gpu = gpuRenderer();
    });
  }
  const drawn = count > FEW ? renderers.gpu?.(canvas, places, looks, style) : undefined;
  // It was lost: it is looked for again.
  if (drawn === null) renderers.gpu = undefined;
  return drawn ?? renderers.plain(canvas, places, looks, style) ?? { milliseconds: 0, peak: 0, by: 'plain' };
}
