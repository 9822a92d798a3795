import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { HostApi } from '../src/protocol/webview';
import { csv, stacked, type Titled, tableNames } from './csv';
import { pngOf } from './figures/export';
import type { PageState, Session } from './session';

/** What every part of the page may need. */
export interface Page {
  readonly session: Session;
  readonly host: HostApi;
  /** Writes the analysis as a document; null when the person thought better of it. */
  save(): ReturnType<HostApi['save']>;
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (!page) throw new Error('A part of the page was drawn outside of it.');
  return page;
}

/** The state of the page; whoever asks is drawn again when it changes. */
export function usePageState(): PageState {
  const { session } = usePage();
  const [state, setState] = useState(session.state);
  useEffect(() => {
    // What happened between drawing and listening.
    setState(session.state);
    return session.subscribe(() => setState(session.state));
  }, [session]);
  return state;
}

/** What tables and figures need of the page that they are on. */
export interface Files {
  readonly host: Pick<HostApi, 'export' | 'copy'>;
  readonly session: { report(error: unknown): void };
}

export const FilesContext = createContext<Files | null>(null);

export function useFiles(): Files {
  const files = useContext(FilesContext);
  if (!files) throw new Error('A figure was drawn outside of a page.');
  return files;
}

/**
 * One file of all the tables where their columns are the same; else one after the other: each is asked where it goes, and where
 * one is dismissed so are the rest.
 */
export async function exportTable({ host, session }: Files, name: string, ...tables: readonly Titled[]): Promise<void> {
  const files = stacked(tables);
  const names = tableNames(name, files);
  try {
    for (const [i, table] of files.entries()) {
      const written = await host.export({ name: `${names[i]}.csv`, content: csv(table) });
      if (!written) return;
    }
  } catch (error) {
    session.report(error);
  }
}

export function exportText({ host, session }: Files, name: string, content: string): void {
  host.export({ name, content }).catch((error: unknown) => session.report(error));
}

export function copyText({ host, session }: Files, text: string): void {
  host.copy(text).catch((error: unknown) => session.report(error));
}

/** @param name of the file, without its ending */
export async function exportPicture(
  { host, session }: Files,
  kind: 'svg' | 'png',
  name: string,
  draw: () => string,
): Promise<void> {
  try {
    const svg = draw();
    await host.export({ name: `${name}.${kind}`, content: kind === 'svg' ? svg : await pngOf(svg) });
  } catch (error) {
    session.report(error);
  }
}
