import { basename, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Random } from '../linalg/random';
import { isSymmetric, type Method } from '../methods/method';
import { ceiling } from '../methods/study/ceiling';
import { depth } from '../methods/study/depth';
import { groupSeparation } from '../methods/study/groups';
import { identification } from '../methods/study/identification';
import { maps } from '../methods/study/maps';
import { profiles } from '../methods/study/profiles';
import type { Run, StudyMatrix } from '../methods/study/runs';
import { sharedLayers, symmetrised } from '../methods/study/runs';
import { scoreCorrelation } from '../methods/study/scores';
import { UserError } from '../protocol/errors';
import { displayNames } from '../protocol/names';
import type { InputRecord } from '../protocol/result';
import type { Study, StudyChoice, StudySection } from '../protocol/study';
import { byNumber } from '../protocol/words';
import { findMethod } from './describe';
import { clean } from './finite';
import { readGroups, readScores } from './run-columns';
import { endsOf } from './study-ends';
import type { Desk, StudyTask } from './task';
import { version } from './version';

/** Random reassignments unless the request says otherwise. */
const PERMUTATIONS = 1000;
/** Beyond this, orders and trees of all layers would take minutes. */
const MOST = 1500;

/**
 * What a comparison says of its runs: layers identified, groups told apart, scores that go with it, the order of layers,
 * maps, and the noise ceiling. What cannot be answered says why.
 * @throws UserError where groups or scores cannot be read, or nothing has a value; Cancelled.
 */
export async function study(task: StudyTask, catalogue: readonly Method[], desk: Desk): Promise<Study> {
  const { request, comparison, base, memory } = task;
  const start = performance.now();
  const method = findMethod(catalogue, request.measure);
  const { inputs, warnings } = comparison;
  const measure = comparison.measures[method.id];
  const [value] = method.values;
  if (!measure || !value) throw new UserError(`${method.title} was not compared, so there is nothing to study.`);
  if (value.better === undefined)
    throw new UserError(
      `${method.title} says which side has more of something, not how alike two sides are, so that a study would say nothing. Choose a similarity or a distance.`,
    );
  if (inputs.length > MOST)
    throw new UserError(
      `There are ${inputs.length} layers in all; a study takes at most ${MOST}. Choose fewer layers of each file, as file#layer8.`,
    );
  if (measure.matrix.flat().every((one) => one === null))
    throw new UserError(`${method.title} has no value for any pair. ${warnings[0] ?? ''}`.trim());
  const files = inputs.map(({ path }) => resolve(base, path));
  const paths = inputs.flatMap(({ path }, i) => (files.indexOf(files[i] as string) === i ? [path] : []));
  const runs = runsOf(inputs, paths, base);
  const named = runs.map(({ name }, i) => ({ name, path: paths[i] ?? '' }));
  const options = { limit: memory, signal: desk.signal };
  const groups = request.groups ? await readGroups(request.groups, named, base, options) : null;
  const scores = request.scores ? await readScores(request.scores, named, base, options) : null;
  const symmetric = isSymmetric(method, measure.parameters);
  const steps: string[] = symmetric ? [] : ['both directions averaged'];
  const values = symmetric ? measure.matrix : symmetrised(measure.matrix);
  const bound = Math.max(...value.range.map((end) => Math.abs(end ?? Number.POSITIVE_INFINITY)));
  const matrix: StudyMatrix = {
    ...{ runs, values, better: value.better, title: value.title },
    ...(Number.isFinite(bound) && { bound }),
  };
  const how = () => ({
    count: request.permutations ?? PERMUTATIONS,
    random: new Random(comparison.seed),
    signal: desk.signal,
  });
  const { parameters } = measure;
  const questions: (() => Promise<StudySection>)[] = [
    () => identification(matrix, how()),
    () => groupSeparation(matrix, groups, how()),
    () => scoreCorrelation(matrix, scores?.values ?? null, scores?.name ?? '', how()),
    () => depth(matrix, how()),
    async () => {
      const ends = await endsOf(task, catalogue, desk);
      steps.push(...ends.notes);
      return profiles(matrix, ends);
    },
    () => maps(matrix, method.id, parameters, groups, desk),
    () => ceiling(matrix, method.id, parameters),
  ];
  const sections: StudySection[] = [];
  for (const [i, ask] of questions.entries()) {
    desk.signal.throwIfAborted();
    desk.progress(i / questions.length, 'Studying the runs');
    const answer = await ask();
    const { id, title, about, titles, reading, missing } = answer;
    const { intervals: _, ...found } = clean({ ...answer, reading: '' });
    sections.push({ ...found, id, title, about, titles, reading, missing });
  }
  return {
    ...{ version, seed: comparison.seed },
    ...(comparison.sample && { sample: comparison.sample }),
    ...(request.labels && { labels: request.labels }),
    seconds: comparison.seconds + (performance.now() - start) / 1000,
    ...{ inputs, measure: method.id, parameters, asked: choiceOf(request) },
    runs: runs.map(({ name, layers }, i) => ({
      ...{ name, path: paths[i] ?? '', layers: layers.map((layer) => layer.name) },
      ...{ group: groups?.[i] ?? null, score: scores?.values[i] ?? null },
    })),
    ...{ sections, steps },
    warnings: [...warnings, ...leftOut(runs)],
  };
}

function choiceOf({ groups, scores, permutations }: StudyChoice): StudyChoice {
  return { ...(groups && { groups }), ...(scores && { scores }), ...(permutations !== undefined && { permutations }) };
}

/** One run for each file, its layers in counting order. @throws UserError where a layer is there twice. */
function runsOf(inputs: readonly InputRecord[], paths: readonly string[], base: string): Run[] {
  const names = displayNames(paths.map((path) => ({ path })));
  return paths.map((path, i) => {
    const isOf = (input: InputRecord) => resolve(base, input.path) === resolve(base, path);
    const layers = inputs.flatMap((input, place) => (isOf(input) ? [{ name: input.tensor ?? '', place }] : []));
    const twice = layers.find(({ name }, k) => layers.findIndex((other) => other.name === name) < k);
    if (twice)
      throw new UserError(
        `${basename(path)}${twice.name && `#${twice.name}`} is given twice. A layer is in a study once: leave one of them out.`,
      );
    // A model's layers come in the order of its graph.
    const ordered = inputs.some((input) => isOf(input) && input.model);
    return { name: names[i] ?? path, layers: ordered ? layers : layers.sort((a, b) => byNumber(a.name, b.name)) };
  });
}

/** Layers that not every run has: what compares runs does without them. */
function leftOut(runs: readonly Run[]): string[] {
  try {
    const shared = sharedLayers(runs);
    const single = runs.every(({ layers }) => layers.length === 1);
    const others = new Set(
      runs.flatMap(({ layers }) => layers.map(({ name }) => name)).filter((name) => !shared.includes(name)),
    );
    if (single || others.size === 0 || runs.length < 2) return [];
    return [`Not in every run, and left out where runs are compared: ${[...others].sort(byNumber).join(', ')}.`];
  } catch (error) {
    // The questions that need shared layers say so.
    if (error instanceof UserError) return [];
    throw error;
  }
}
