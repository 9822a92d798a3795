import { createInflate } from 'node:zlib';
import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import { InflatedSource } from '../inflate';
import type { ByteSource } from '../source';

/** A compressed part of a file (zlib). */
export class Inflated extends InflatedSource {
  /** To be set as soon as it is known. Where reading gets to it, padding aside, the checksum is compared. */
  size = Number.MAX_SAFE_INTEGER;

  /** @param where begins every error. */
  constructor(file: ByteSource, start: number, length: number, where: string) {
    super(file, { start, length }, createInflate, where);
  }

  protected async advance(): Promise<void> {
    if (await this.step())
      throw new UserError(
        `${this.where}: it unpacks to ${count(this.position)} bytes, fewer than it says. Save it again, or copy it anew.`,
      );
  }

  /** At the end goes on to that of the stream, where zlib compares its checksum with the data. */
  protected async reached(end: number): Promise<void> {
    if (this.size - end >= 8) return;
    while (!(await this.step()))
      if (this.position > this.size)
        throw new UserError(`${this.where}: it unpacks to more bytes than it says. Save it again, or copy it anew.`);
  }
}
