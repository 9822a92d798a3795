import type { AnalysisRequest, MethodChoice } from '../protocol/analysis';
import type { MethodDescription } from '../protocol/catalogue';
import type { InputSpec } from '../protocol/result';
import { methodsOf, type Workbench } from '../protocol/workbench';

/** What of the settings a new analysis begins with. */
export interface Preferences {
  readonly seed: number;
  /** Ids of measures, in order; empty: the recommended ones. */
  readonly measures: readonly string[];
}

/** What is asked of new inputs before the person has said anything about methods. */
export function newRequest(
  inputs: readonly InputSpec[],
  methods: readonly MethodDescription[],
  { seed, measures }: Preferences,
): AnalysisRequest {
  if (inputs.length === 1) {
    const describing = methods.filter(({ kind, takes }) => kind === 'describe' && takes === 'one');
    return { inputs, methods: recommended(describing).map(choice), seed };
  }
  const pairwise = methods.filter(({ takes, alone }) => takes === 'pair' && !alone);
  const preferred = measures.flatMap((id) => pairwise.filter((method) => method.id === id));
  const chosen = preferred.length > 0 ? preferred : recommended(pairwise);
  if (inputs.length === 2) return { inputs, methods: chosen.map(choice), seed };
  const overview = chosen.find(({ kind }) => kind === 'compare');
  return {
    inputs,
    methods: chosen.map(choice),
    ...(overview && { overview: choice(overview) }),
    pair: firstPair(inputs),
    seed,
  };
}

/** One method in place of those that a comparison begins with; the map of all pairs is by it where it compares two of them. */
export function methodRequest(
  { overview, ...asked }: AnalysisRequest,
  { id, kind, takes, alone }: MethodDescription,
): AnalysisRequest {
  const map = kind === 'compare' && takes === 'pair' && !alone ? { method: id } : overview;
  return { ...asked, methods: [{ method: id }], ...(overview && map && { overview: map }) };
}

/** What a workbench asks of its inputs. */
export function workbenchRequest(
  inputs: readonly InputSpec[],
  workbench: Workbench,
  methods: readonly MethodDescription[],
  { seed }: Pick<Preferences, 'seed'>,
): AnalysisRequest {
  const pair = inputs.length > 2 ? { pair: firstPair(inputs) } : {};
  return { inputs, workbench: workbench.id, methods: methodsOf(workbench, methods, inputs.length), ...pair, seed };
}

function choice({ id }: MethodDescription): MethodChoice {
  return { method: id };
}

/** Cheap ones first. */
function recommended(methods: readonly MethodDescription[]): MethodDescription[] {
  return methods
    .filter((method) => method.recommended !== undefined)
    .sort((a, b) => (a.recommended ?? 0) - (b.recommended ?? 0));
}

/** The last representation of the first file, which is where a network ends, and its namesake in the second file. */
function firstPair(inputs: readonly InputSpec[]): [number, number] {
  const first = inputs[0]?.path;
  const other = inputs.find(({ path }) => path !== first)?.path;
  if (other === undefined) return [0, 1];
  const a = inputs.findLastIndex(({ path }) => path === first);
  const namesake = inputs.findIndex(({ path, tensor }) => path === other && tensor === inputs[a]?.tensor);
  return [a, namesake >= 0 ? namesake : inputs.findIndex(({ path }) => path === other)];
}
