import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { AnalysisRequest } from '../protocol/analysis';
import type { MethodDescription } from '../protocol/catalogue';
import { UserError } from '../protocol/errors';
import type { PageEvents } from '../protocol/webview';
import { convergentWorkbench, relativeWorkbench, spaceWorkbench, type Workbench } from '../protocol/workbench';
import { extractActivations } from './extract';
import { nameOf, pathOf, pickFiles, runsOf } from './files';
import type { Host } from './host';
import { allInputs, oneInput, pickOthers, type Selected } from './inputs';
import { pickMethod } from './method-picker';
import { layersOf, modelOf, pickModels, requireTrust } from './models';
import { rawInput } from './raw-input';
import type { ReferencePages } from './reference';
import { methodRequest, newRequest, workbenchRequest } from './request';
import { openSamples } from './samples';
import type { Session } from './session';
import { preferences } from './settings';
import { type RepresentationNode, selectedOf } from './trees/representations';
import { wholeModel } from './whole-model';

/** What a menu hands over: a file of the Explorer, or a line of the sidebar. */
type Item = vscode.Uri | RepresentationNode;

function selectionOf(item: Item | undefined, items: readonly Item[] | undefined): Selected[] {
  const all = items && items.length > 0 ? items : item ? [item] : [];
  return all.flatMap((one) => (one instanceof vscode.Uri ? { uri: one } : selectedOf(one)));
}

/** The models that a menu was opened on, or those that the person chooses. */
async function modelsOf(
  title: string,
  many: boolean,
  item: Item | undefined,
  items?: readonly Item[],
): Promise<readonly vscode.Uri[] | undefined> {
  const given = selectionOf(item, items).map(({ uri }) => uri);
  return given.length > 0 ? given : pickModels(title, many);
}

async function ask(title: string, many: boolean, placeHolder?: string): Promise<Selected[] | undefined> {
  return (await pickFiles({ title, many, placeHolder, inSight: true }))?.map((uri) => ({ uri }));
}

/** What the commands need besides the host. */
export interface Surroundings {
  /** Opens an editor on a new analysis. */
  open(request: AnalysisRequest): Session;
  /** Opens the viewer of a file, at one of its tensors. */
  show(uri: vscode.Uri, tensor: string | undefined): Promise<void>;
  refresh(): void;
  readonly pages: ReferencePages;
}

/** Every command of the manifest. What they return is for tests and other extensions. */
export function commandsOf(host: Host, { open, show, refresh, pages }: Surroundings) {
  const { engine, log, sessions, context } = host;
  const request = async (inputs: AnalysisRequest['inputs']) => {
    const methods = await engine.methods();
    return newRequest(inputs, methods, preferences(methods, log));
  };
  const seeded = async () => preferences(await engine.methods(), log);
  const start = async (inputs: AnalysisRequest['inputs'] | undefined) => inputs && open(await request(inputs));

  const compare = async (selected: readonly Selected[]): Promise<Session | undefined> => {
    const inputs = await allInputs(engine, selected);
    if (inputs && inputs.length < 2) {
      throw new UserError('A comparison takes two representations or more: choose another file or tensor.');
    }
    return start(inputs);
  };

  /** On two representations or more, or one where that is enough: those that are selected, and more where there are too few. */
  const workbench = async (bench: Workbench, given: readonly Selected[]): Promise<Session | undefined> => {
    const { least = 2 } = bench;
    const [only] = given;
    if (least === 1 && only && given.length === 1) {
      const input = await oneInput(engine, only, bench.title);
      return input && open(workbenchRequest([input], bench, await engine.methods(), await seeded()));
    }
    let inputs = given.length > 0 ? await allInputs(engine, given, bench.title) : [];
    if (inputs && inputs.length < least) {
      const more = await ask(
        `${bench.title}: ${least === 1 ? 'one space, or two' : 'spaces'} of the same samples`,
        true,
        least === 1 ? 'A data file, or two' : undefined,
      );
      if (more && least === 1 && more.length === 1) return workbench(bench, more);
      inputs = more && (await allInputs(engine, [...given, ...more], bench.title));
    }
    if (!inputs) return undefined;
    if (inputs.length < least)
      throw new UserError(
        `${bench.title} takes two spaces of the same samples or more: choose another file or tensor.`,
      );
    return open(workbenchRequest(inputs, bench, await engine.methods(), await seeded()));
  };

  const toPage = (name: PageEvents['command']['name']): void => {
    if (!sessions.active)
      throw new UserError('No analysis is open: compare two files first, or open a .sextant document.');
    sessions.active.command(name);
  };

  /** A method of models as a whole. */
  const examine = async (method: MethodDescription, item?: Item) => {
    const [uri] = (await modelsOf(method.title, false, item)) ?? [];
    const input = uri && (await wholeModel(engine, uri, method.title));
    return input && open({ ...(await request([input])), methods: [{ method: method.id }] });
  };

  return {
    'sextant.openRepresentation': async (item?: Item, items?: readonly Item[]) => {
      const given = selectionOf(item, items);
      const [first] = given.length > 0 ? given : ((await ask('Open Representation', false)) ?? []);
      if (!first) return;
      const path = pathOf(first.uri);
      // The engine says what is wrong with a file that is not there.
      if (!existsSync(path)) await engine.call((client) => client.inspect(path));
      await show(first.uri, first.tensor);
    },
    'sextant.analyseRepresentation': async (item?: Item, items?: readonly Item[]) => {
      const title = 'Analyse Representation';
      const given = selectionOf(item, items);
      const [first] = given.length > 0 ? given : ((await ask(title, false)) ?? []);
      const input = first && (await oneInput(engine, first, title));
      return start(input && [input]);
    },
    'sextant.compareRepresentations': async (item?: Item, items?: readonly Item[]) => {
      const given = selectionOf(item, items);
      const selected = given.length > 0 ? given : await ask('Compare Representations', true);
      const inputs = selected && selected.length > 0 ? await allInputs(engine, selected) : undefined;
      const others = inputs?.length === 1 ? await pickOthers(engine, inputs[0]?.path) : [];
      return inputs && others && start([...inputs, ...others]);
    },
    'sextant.compareWith': async (item?: Item) => {
      const given = selectionOf(item, undefined);
      const first = given.length > 0 ? given : await ask('Compare With… (1 of 2)', false);
      const title = given.length > 0 ? 'Compare With…' : 'Compare With… (2 of 2)';
      const second = first && (await pickFiles({ title, near: first[0]?.uri.fsPath }));
      return second && compare([...first, ...second.map((uri) => ({ uri }))]);
    },
    'sextant.compareTensors': async (item?: Item) => {
      const given = selectionOf(item, undefined);
      const selected = given.length > 0 ? given : await ask('Compare Its Tensors', false);
      return selected && compare(selected);
    },
    'sextant.inspectModel': async (item?: Item) => {
      const [uri] = (await modelsOf('Inspect Model', false, item)) ?? [];
      if (!uri) return;
      const { file, model } = await modelOf(engine, uri);
      await pages.showModel(nameOf(uri), model, file);
    },
    'sextant.compareLayers': async (item?: Item) => {
      requireTrust();
      const uris = await modelsOf('Compare Layers', false, item);
      return start(uris && (await layersOf(engine, uris)));
    },
    'sextant.extractActivations': async (item?: Item, items?: readonly Item[]) => {
      requireTrust();
      const chosen = await modelsOf('Extract Activations', false, item, items);
      const written = chosen && chosen.length > 0 ? await extractActivations(engine, chosen) : undefined;
      const [first] = written ?? [];
      if (first) await show(first, undefined);
      return first;
    },
    'sextant.compareModels': async (item?: Item, items?: readonly Item[]) => {
      requireTrust();
      const uris = await modelsOf('Compare Models', true, item, items);
      const inputs = uris && (await layersOf(engine, uris, 'Compare Models'));
      if (!inputs) return undefined;
      // What the map says of networks: layers found again, profiles along their depth, order and grid.
      const asked = await request(inputs);
      return open({ ...asked, ...(asked.overview && inputs.length > uris.length && { study: {} }) });
    },
    'sextant.studyRuns': async (item?: Item, items?: readonly Item[]) => {
      const given = selectionOf(item, items);
      const chosen =
        given.length > 0 ? given : await ask('Study Runs', true, 'Data files that hold three runs or layers, or more');
      if (!chosen || chosen.length === 0) return undefined;
      const whole = chosen.filter(({ tensor }) => tensor === undefined).map(({ uri }) => uri);
      const selected = [...(await runsOf(whole)).map((uri) => ({ uri })), ...chosen.filter(({ tensor }) => tensor)];
      const inputs = await allInputs(engine, selected, 'Study Runs');
      if (!inputs) return undefined;
      if (inputs.length < 3)
        throw new UserError(
          `A study takes three runs or layers or more; what is chosen holds ${inputs.length}. Choose more files, a folder of them, or two files of several layers each.`,
        );
      const asked = await request(inputs);
      return open({ ...asked, overview: asked.overview ?? { method: 'linear-cka' }, study: {} });
    },
    'sextant.lookAtSpace': (item?: Item, items?: readonly Item[]) =>
      workbench(spaceWorkbench, selectionOf(item, items)),
    'sextant.relativeRepresentations': (item?: Item, items?: readonly Item[]) =>
      workbench(relativeWorkbench, selectionOf(item, items)),
    'sextant.convergentLearning': (item?: Item, items?: readonly Item[]) =>
      workbench(convergentWorkbench, selectionOf(item, items)),
    'sextant.runMethod': async (given?: MethodDescription) => {
      const method = given ?? (await pickMethod(await engine.methods(), 'Run Method'));
      if (!method) return undefined;
      if (method.takes === 'model') return examine(method);
      if (method.kind === 'embed') {
        const source = await rawInput(engine, method);
        return source && open({ ...(await request([source])), methods: [{ method: method.id }] });
      }
      const selected = await ask(
        `${method.title}: ${method.takes === 'one' ? 'choose a file' : method.takes === 'many' ? 'choose files' : 'choose two files'}`,
        method.takes !== 'one',
      );
      if (!selected?.[0]) return undefined;
      const one = method.takes === 'one' && (await oneInput(engine, selected[0], method.title));
      const inputs = method.takes === 'one' ? one && [one] : await allInputs(engine, selected);
      if (!inputs) return undefined;
      return open(methodRequest(await request(inputs), method));
    },
    'sextant.featureComplexity': async (item?: Item) => {
      const method = (await engine.methods()).find(({ id }) => id === 'feature-complexity');
      return method && examine(method, item);
    },
    'sextant.saveAnalysis': () => toPage('save'),
    'sextant.rerunAnalysis': () => toPage('rerun'),
    'sextant.exportFigures': () => toPage('export'),
    'sextant.openSampleWorkspace': (target?: vscode.Uri) => openSamples(context.extensionUri, target),
    'sextant.showReference': async (given?: MethodDescription) => {
      const method = given ?? (await pickMethod(await engine.methods(), 'Show Reference'));
      if (method) await pages.showMethod(method);
    },
    'sextant.selfTest': () => pages.showSelfTest(engine),
    'sextant.showLog': () => log.show(),
    'sextant.restartEngine': async () => {
      engine.dispose();
      await engine.methods();
      refresh();
      vscode.window.setStatusBarMessage('Sextant: the engine has been restarted.', 4000);
    },
    'sextant.refresh': refresh,
  };
}
