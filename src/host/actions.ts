import type { InputSpec } from '../protocol/result';
import type { Surroundings } from './commands';
import type { Host } from './host';
import { pickOthers } from './inputs';
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
      const others = await pickOthers(host.engine, input.path);
      if (others) open(await request([input, ...others]));
    },
    async analyse(input, { labels }) {
      open({ ...(await request([input])), ...(labels && { labels }) });
    },
  };
}
