import { basename, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { hdf5Worker } from '../../src/data/hdf5/client';
import { Engine } from '../../src/engine/engine';
import { Jobs } from '../../src/engine/jobs';
import { defaultSettings } from '../../src/engine/local';
import { catalogue } from '../../src/methods/catalogue';
import { emit, type Port, serve } from '../../src/protocol/channel';
import { UserError } from '../../src/protocol/errors';
import type { ViewChoice, ViewerApi, ViewerEvents, ViewerState } from '../../src/protocol/viewer';
import type { Setting, Shown } from './harness';
import { openPage, root } from './tab';

export interface ViewerShown extends Omit<Shown, 'emit'> {
  emit<K extends keyof ViewerEvents & string>(event: K, value: ViewerEvents[K]): void;
}

export interface ViewerSetting extends Pick<Setting, 'theme' | 'width' | 'height'> {
  /** Of the file. */
  readonly path: string;
  readonly choice?: ViewChoice;
  readonly host?: Partial<ViewerApi>;
}

/** The engine of the viewer, without an editor; needs dist/worker.js. */
export function viewerEngine(): Engine {
  hdf5Worker.script = join(root, 'dist/hdf5.js');
  return new Engine(new Jobs(join(root, 'dist/worker.js'), () => {}), catalogue, defaultSettings(), root);
}

/** Shows a file in the built page of the viewer, as the editor would. */
export async function showFile(browser: Browser, engine: Engine, setting: ViewerSetting): Promise<ViewerShown> {
  const calls: ViewerShown['calls'] = [];
  const answer = (port: Port) => void serve<ViewerApi>(port, fakeHost(engine, setting, port, calls));
  const { port, ...opened } = await openPage(browser, setting, 'viewer', answer);
  return { ...opened, calls, emit: (event, value) => emit<ViewerEvents, typeof event>(port, event, value) };
}

function fakeHost(engine: Engine, setting: ViewerSetting, port: Port, calls: ViewerShown['calls']): ViewerApi {
  const { path } = setting;
  const noted =
    <R>(method: string, value: R) =>
    async (argument?: unknown) => {
      calls.push({ method, argument });
      return value;
    };
  const options = (job: string) => ({
    onProgress: (progress: ViewerEvents['progress']['progress']) =>
      emit<ViewerEvents, 'progress'>(port, 'progress', { job, progress }),
  });
  return {
    ready: async (): Promise<ViewerState> => {
      const rest = { title: basename(path), choice: setting.choice ?? null, overview: null };
      return engine.open({ path }).then(
        (file) => ({ ...rest, file }),
        (error) => {
          if (!(error instanceof UserError)) throw error;
          return { ...rest, file: { problem: error.message } };
        },
      );
    },
    describe: (reading) => engine.open({ ...reading, path }),
    window: (request) => engine.window({ ...request, path }),
    summarise: ({ job, request }) => engine.summarise({ ...request, path }, options(job)),
    overview: ({ job, sample, choice: { tensor, units, labels } }) => {
      const input = { path, ...(tensor !== null && { tensor }), ...(units && { columns: units }) };
      const request = {
        method: 'overview',
        inputs: [input],
        ...(labels && { labels }),
        ...(sample && { sample }),
        seed: 0,
      };
      return engine.run(request, options(job));
    },
    cancel: noted('cancel', undefined),
    choose: noted('choose', undefined),
    compareWith: noted('compareWith', undefined),
    analyse: noted('analyse', undefined),
    openOtherwise: noted('openOtherwise', undefined),
    pickLabels: noted('pickLabels', { path: join(root, 'media/samples/digits/digits-test-labels.npy') }),
    export: noted('export', { path: '/workspace/window.csv' }),
    copy: noted('copy', undefined),
    openLog: noted('openLog', undefined),
    report: noted('report', undefined),
    ...setting.host,
  };
}
