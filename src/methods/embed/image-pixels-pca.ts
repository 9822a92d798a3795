import { z } from 'zod';
import { centreInDouble } from '../../linalg/centre';
import { multiply } from '../../linalg/products';
import type { ImageStep } from '../../protocol/images';
import { plural } from '../../protocol/words';
import { principalPlane } from '../describe/overview-figures';
import { defineMethod, type Outcome, type Representation } from '../method';
import { percent, principalAxes } from '../shared/pca';
import { embedded, needsRows } from './made';

const parameters = z.object({
  dimensions: z
    .int()
    .min(1)
    .max(4096)
    .default(64)
    .meta({ title: 'Dimensions', description: 'Columns of the result, at most.' }),
  side: z.int().min(1).max(256).default(16).meta({
    title: 'Side',
    description:
      'Images are brought to so many pixels in width and height, each the mean of those that fall into it, rounded to 1/255 across and again down.',
  }),
  colour: z.boolean().default(true).meta({ title: 'Colour', description: 'Red, green and blue apart, or grey alone.' }),
});

export const imagePixelsPca = defineMethod({
  id: 'image-pixels-pca',
  kind: 'embed',
  title: 'Pooled pixels and PCA of images',
  summary:
    'A baseline without a model: describes every image by the principal components of its pixels, pooled to a small square.',
  blindTo:
    'blind to what is in an image beyond where it is light, dark and coloured; proportions of width and height are lost, and differences of means of about 1/255 and less. 16-bit images are read as 8-bit; transparency, colour profiles and the orientation that EXIF gives are not applied',
  takes: 'images',
  labels: 'optional',
  parameters,
  values: [
    { key: 'images', title: 'Images', range: [0, null] },
    { key: 'dimensions', title: 'Dimensions', range: [0, null] },
    { key: 'kept', title: 'Share of the variance that is kept', range: [0, 1] },
  ],
  invariances: [],
  symmetric: false,
  cost: 'O(n p min(n, p)) for n images of p pooled values',
  formula:
    'X_c V_k of the pooled pixels X, from 0 to 1 in steps of 1/255, columns centred, X_c = U S Vᵀ; no standardisation',
  tex: String.raw`X_c V_k, \qquad X_c = X - \tfrac1n \mathbf{1}\mathbf{1}^{\top} X = U \Sigma V^{\top}, \quad X_{i\cdot} \text{ the pooled pixels of image } i`,
  citation:
    'Turk, Pentland (1991). Eigenfaces for recognition. Journal of Cognitive Neuroscience 3. Jolliffe (2002). Principal component analysis',
  pixels: ({ side, colour }): readonly ImageStep[] => [
    { op: 'channels', to: colour ? 'rgb' : 'grey' },
    { op: 'resize', width: side, height: side, filter: 'box' },
    { op: 'rescale', factor: 1 / 255 },
  ],
  async run([input], chosen, context) {
    const { name, matrix } = input as Representation;
    needsRows(matrix.rows, 'image');
    const smaller = Math.min(matrix.rows, matrix.columns);
    context.reserve(
      8 * (2 * matrix.rows * matrix.columns + 4 * smaller * smaller),
      'the principal components of the images',
    );
    context.progress(0.3, 'Principal components');
    const centred = centreInDouble(matrix);
    const principal = await principalAxes(centred, chosen.dimensions, context);
    const { squares, axes } = principal;
    const scores = await multiply(centred, axes, context);
    const total = squares.reduceRight((sum, square) => sum + square, 0);
    const held = squares.subarray(0, axes.columns).reduceRight((sum, square) => sum + square, 0);
    const kept = total > 0 ? Math.min(1, held / total) : null;
    const plane = axes.columns > 0 ? [await principalPlane(name, centred, principal, '', context)] : [];
    return {
      values: { images: matrix.rows, dimensions: axes.columns, kept },
      figures: plane,
      ...embedded(name, scores),
      steps: ['columns centred', 'products in float64'],
      reading:
        kept === null
          ? 'The images are all the same once they are pooled and rounded to 1/255: nothing tells them apart.'
          : `Each of ${matrix.rows} images is now ${plural(axes.columns, 'number')}, which ${axes.columns === 1 ? 'keeps' : 'keep'} ${percent(kept)} of the variance of its pooled pixels. It is a baseline: images are near each other where they are light and dark in the same places.`,
      warnings: [
        ...(kept === null
          ? [
              'The images are all the same once they are pooled and rounded to 1/255 (16-bit images are read as 8-bit): no share of the variance can be kept. A larger side pools less.',
            ]
          : []),
        ...(kept !== null && axes.columns < chosen.dimensions
          ? [`The images span ${plural(axes.columns, 'dimension')}; ${chosen.dimensions} were asked for.`]
          : []),
      ],
    } satisfies Outcome;
  },
});
