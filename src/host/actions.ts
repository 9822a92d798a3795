import { UserError } from '../protocol/errors';
import type { InputSpec } from '../protocol/result';
import type { Surroundings } from './commands';
import { pickFiles } from './files';
import type { Host } from './host';
import { allInputs } from './inputs';
import { newRequest } from './request';
import { preferences } from './settings';
import type { ViewerActions } from './viewer';

/** What the viewer's buttons start: analyses of what is chosen there, as it is chosen. */
export function viewerActions(host: Host, open: Surroundings['open']): ViewerActions {
  const request = async (inputs: readonly InputSpec[]) => {
    const methods = await host.engine.methods();
    return newRequest(inputs, methods, preferences(methods, host.log));
  };
  return {
    async compareWith(input) {
      const picked = await pickFiles('Compare With…', false);
      if (!picked || picked.length === 0) return;
      const others = await allInputs(
        host.engine,
        picked.map((uri) => ({ uri })),
      );
      if (!others) return;
      if (others.length === 0) throw new UserError('A comparison takes two representations or more: choose one more.');
      open(await request([input, ...others]));
    },
    async analyse(input, { labels }) {
      open({ ...(await request([input])), ...(labels && { labels }) });
    },
  };
}
