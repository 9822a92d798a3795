import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { ViewState, ViewStore } from './store';

export const ViewContext = createContext<ViewStore | null>(null);

export function useStore(): ViewStore {
  const store = useContext(ViewContext);
  if (!store) throw new Error('A part of the viewer was drawn outside of it.');
  return store;
}

/** The state of the viewer; whoever asks is drawn again when it changes. */
export function useView(): ViewState {
  const store = useStore();
  const [state, setState] = useState(store.state);
  useEffect(() => {
    // What happened between drawing and listening.
    setState(store.state);
    return store.subscribe(() => setState(store.state));
  }, [store]);
  return state;
}
