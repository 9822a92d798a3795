import { UserError } from '../protocol/errors';

/** Pixels of the picture for each of the figure's: sharp in print at the figure's own size. */
const ZOOM = 3;

/** What there is nearly everywhere; without a name, whichever font comes first is taken. */
const FONT = process.platform === 'linux' ? 'DejaVu Sans' : 'Arial';

/** Draws an SVG with the fonts of the system. @throws UserError where the module that draws is not installed */
export async function svgToPng(svg: string): Promise<Uint8Array> {
  const resvg = await import('@resvg/resvg-js').catch(() => {
    throw new UserError('PNG needs the package @resvg/resvg-js, which is not installed for this system. Write .svg.');
  });
  const font = { loadSystemFonts: true, defaultFontFamily: FONT, sansSerifFamily: FONT };
  return new resvg.Resvg(svg, { fitTo: { mode: 'zoom', value: ZOOM }, font }).render().asPng();
}
