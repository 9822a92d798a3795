import { type FlatTable, Malformed } from './flatbuffer';

/** A column, or what one is made of, as far as it decides where the bytes lie and what can be read. */
export interface Field {
  readonly name: string;
  /** Schema.fbs, `Type`. */
  readonly type: number;
  /** NumPy's name, of numbers. */
  readonly dtype?: string;
  /** Of lists of one fixed length. */
  readonly length?: number;
  readonly children: readonly Field[];
  /** Where the values are positions in a dictionary. */
  readonly dictionary?: { readonly id: number; readonly dtype: string };
}

export const Type = {
  int: 2,
  float: 3,
  utf8: 5,
  bool: 6,
  list: 12,
  struct: 13,
  union: 14,
  fixedList: 16,
  largeUtf8: 20,
  largeList: 21,
  utf8View: 24,
} as const;

const names =
  'none null int float binary utf8 bool decimal date time timestamp interval list struct union fixed_size_binary ' +
  'fixed_size_list map duration large_binary large_utf8 large_list run_end_encoded binary_view utf8_view list_view ' +
  'large_list_view';

/** For people: "list", "timestamp". */
export function typeName(type: number): string {
  return names.split(' ')[type] ?? `type ${type}`;
}

const mostFields = 100_000;
const deepest = 32;

/** The columns of a schema. @throws Malformed when it has too many, or is nested without end. */
export function fieldsOf(schema: FlatTable): Field[] {
  let seen = 0;
  const read = (field: FlatTable, depth: number): Field => {
    if (++seen > mostFields || depth > deepest) throw new Malformed('its schema has no end');
    const type = field.number(2, 'i8');
    const details = field.table(3);
    const encoding = field.table(4);
    const dtype = details && numberName(type, details);
    return {
      name: field.text(0),
      type,
      children: field.tables(5).map((child) => read(child, depth + 1)),
      ...(dtype !== undefined && { dtype }),
      ...(type === Type.fixedList && { length: details?.number(0, 'i32') ?? 0 }),
      ...(encoding && { dictionary: { id: encoding.long(0), dtype: indexName(encoding.table(1)) } }),
    };
  };
  if (schema.number(0, 'i16') !== 0) throw new Malformed('it is big-endian, which is not read');
  return schema.tables(1).map((field) => read(field, 0));
}

function numberName(type: number, details: FlatTable): string | undefined {
  if (type === Type.bool) return 'bool';
  if (type === Type.float) return ['float16', 'float32', 'float64'][details.number(0, 'i16')];
  if (type !== Type.int) return undefined;
  const bits = details.number(0, 'i32');
  const signed = (details.number(1, 'i8') & 1) === 1;
  return [8, 16, 32, 64].includes(bits) ? `${signed ? '' : 'u'}int${bits}` : undefined;
}

function indexName(index: FlatTable | undefined): string {
  return index ? (numberName(Type.int, index) ?? 'int32') : 'int32';
}

/** How many buffers a field has itself; of views as many more as its batch says. */
export function buffersOf({ type, dictionary }: Field): number {
  if (dictionary) return 2;
  if (type === 1 || type === 22) return 0;
  if (type === Type.struct || type === Type.fixedList || type === Type.union) return 1;
  return [4, 5, 19, 20, 25, 26].includes(type) ? 3 : 2;
}

export function isView({ type, dictionary }: Field): boolean {
  return !dictionary && (type === 23 || type === Type.utf8View);
}
