import { madeBy } from '../src/protocol/made';
import type { Page } from './context';
import type { Row } from './rows';

/** What a method made that can be saved as a file of its own, in a word; undefined where it made nothing. */
export function savable({ method, result }: Pick<Row, 'method' | 'result'>): string | undefined {
  return method && result ? madeBy(method) : undefined;
}

/** The host asks where to, and writes it. */
export function saveMade({ host, session }: Page, { request }: Pick<Row, 'request'>): void {
  host.saveMade(request).catch((error: unknown) => session.report(error));
}
