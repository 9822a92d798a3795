import type { MethodChoice } from './analysis';
import type { MethodDescription } from './catalogue';

/** A workbench: several methods on the same inputs, laid out for one line of work. The page draws it from this alone. */
export interface Workbench {
  readonly id: string;
  readonly title: string;
  /** What it is for, in one sentence. */
  readonly about: string;
  /** Parameters that its methods share: asked once, and set in every method that has them. */
  readonly shared: readonly string[];
  /** Values that it begins with, in every method that has the parameter. */
  readonly initial?: Readonly<Record<string, unknown>>;
  readonly sections: readonly WorkbenchSection[];
  /** What becomes of rows that are picked in a scatter; absent where nothing but the page takes any. */
  readonly picking?: RowPicking;
  /** How many inputs it takes at least; absent: two. */
  readonly least?: 1;
  /**
   * Methods whose results depend on the labels; those of others are not computed again when labels change: the page draws them.
   * Absent: every method that takes labels.
   */
  readonly labelled?: readonly string[];
}

export interface WorkbenchSection {
  readonly id: string;
  readonly title: string;
  /** Ids. A method that takes a pair gets the pair in focus, one that takes many all inputs. */
  readonly methods: readonly string[];
  /**
   * Absent: one method below the other. `units`: the first classes units and pairs them, in tables `classes`, `pairs` and
   * `units`; the second shows two of them (parameters `unit` and `partner`), with tables of rows for either. `space`: the first
   * draws the rows, of either input in focus; it is one of `instead`. The others come when they are asked for.
   */
  readonly layout?: 'units' | 'space';
  /** Methods of which the first may become another. */
  readonly instead?: readonly string[];
  /** Of the layout `space`: methods that say how a space is as a whole, or how one of a pair is against the other. */
  readonly shape?: readonly string[];
}

export interface RowPicking {
  /** Of the button: "Use as anchors". */
  readonly title: string;
  /** The parameter that takes the rows, as numbers with commas between them. */
  readonly rows: string;
  /** Parameters that are set along with it. */
  readonly set: Readonly<Record<string, unknown>>;
  /** The parameter that takes a file of rows, an anchor set, and what is set along with it. */
  readonly file: string;
  readonly setFile: Readonly<Record<string, unknown>>;
  /** Of the button: "Anchor column…". */
  readonly columnTitle: string;
  /** The parameters that take a column to choose rows by, as its file and its name, and what is set along with them. */
  readonly columnFile: string;
  readonly column: string;
  readonly setColumn: Readonly<Record<string, unknown>>;
}

export const relativeWorkbench: Workbench = {
  id: 'relative',
  title: 'Relative representations',
  about:
    'Every space is described by similarities to the same anchor rows; spaces that differ by a rotation then coincide, and what is trained on one works on the others.',
  shared: [
    ...['anchors', 'anchor-selection', 'anchor-rows', 'anchor-file', 'anchor-column-file', 'anchor-column'],
    ...['anchor-pool', 'projection', 'centre', 'standardise'],
  ],
  initial: { anchors: 64 },
  sections: [
    { id: 'spaces', title: 'Spaces', methods: ['relative-spaces'] },
    { id: 'agreement', title: 'Agreement of a pair', methods: ['relative-agreement', 'anchor-curve'] },
    { id: 'anchors', title: 'Anchors', methods: ['anchor-coverage'] },
    { id: 'stitching', title: 'Stitching', methods: ['stitching'] },
  ],
  picking: {
    title: 'Use as anchors',
    rows: 'anchor-rows',
    set: { 'anchor-selection': 'rows' },
    file: 'anchor-file',
    setFile: { 'anchor-selection': 'file' },
    columnTitle: 'Anchor column…',
    columnFile: 'anchor-column-file',
    column: 'anchor-column',
    setColumn: { 'anchor-selection': 'top' },
  },
};

export const convergentWorkbench: Workbench = {
  id: 'convergent',
  title: 'Convergent learning',
  about:
    'Which units of one network are found again in another: one to one, split among a few, as part of a subspace that both share, or not at all.',
  shared: ['sign'],
  sections: [
    { id: 'units', title: 'Units', methods: ['convergent-learning', 'unit-pair'], layout: 'units' },
    { id: 'correlations', title: 'Within and between', methods: ['unit-correlations'] },
  ],
};

export const spaceWorkbench: Workbench = {
  id: 'space',
  title: 'Look at a space',
  about:
    'The rows of one space, or of two, on a map; the nearest rows of each in the space itself; and the rows on which two spaces disagree.',
  shared: [],
  least: 1,
  labelled: ['lda', 'custom-axes', 'uniformity'],
  sections: [
    {
      id: 'space',
      title: 'Space',
      layout: 'space',
      methods: ['pca'],
      instead: ['pca', 'mds', 'tsne', 'umap', 'heat-geodesic', 'phate', 'lda', 'custom-axes'],
      shape: [
        ...['intrinsic-dimension', 'spectral-decay', 'anisotropy', 'hubness', 'uniformity', 'manifold-entropy'],
        ...['collapse', 'hyperbolicity', 'poincare'],
      ],
    },
  ],
};

export const workbenches: readonly Workbench[] = [spaceWorkbench, relativeWorkbench, convergentWorkbench];

/** Undefined for one that this version does not have. */
export function workbenchOf({ workbench }: { readonly workbench?: string }): Workbench | undefined {
  return workbenches.find(({ id }) => id === workbench);
}

/** The methods of a workbench, each once, in the order of its sections, as it begins; a map of a space, of each in focus. */
export function methodsOf(
  { sections, initial = {} }: Workbench,
  known: readonly MethodDescription[],
  inputs = 2,
): MethodChoice[] {
  const choices = [...new Set(sections.flatMap(({ methods }) => methods))].map((method): MethodChoice => {
    const properties = known.find(({ id }) => id === method)?.parameters.properties ?? {};
    const parameters = Object.fromEntries(Object.entries(initial).filter(([key]) => properties[key]));
    return { method, ...(Object.keys(parameters).length > 0 && { parameters }) };
  });
  const isSpace = sections.some(({ layout }) => layout === 'space');
  return isSpace && inputs > 1 ? choices.flatMap((choice) => [choice, { ...choice, on: 1 as const }]) : choices;
}
