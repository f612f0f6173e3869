import type { FileMetaData, ParquetParsers, SchemaElement } from 'hyparquet';

/** The text of values that JavaScript has no exact type for; texts come as their bytes. */
export const exactParsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (value: bigint) => timeOf(value, 1_000n),
  timestampFromMicroseconds: (value: bigint) => timeOf(value, 1_000_000n),
  timestampFromNanoseconds: (value: bigint) => timeOf(value, 1_000_000_000n),
  dateFromDays: (days: number | undefined) =>
    days === undefined ? undefined : new Date(days * 86_400_000).toISOString().replace(/T.*/, ''),
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes,
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes,
};

/** ISO 8601 in UTC, to the last digit that is not 0. */
function timeOf(value: bigint | number | null | undefined, perSecond: bigint): string | undefined {
  if (value === undefined || value === null) return undefined;
  const units = BigInt(value);
  const part = ((units % perSecond) + perSecond) % perSecond;
  const seconds = new Date(Number((units - part) / perSecond) * 1000).toISOString().slice(0, -5);
  const digits = String(part + perSecond)
    .slice(1)
    .replace(/0+$/, '');
  return digits === '' ? `${seconds}Z` : `${seconds}.${digits}Z`;
}

/** How to write the values of a column that are not what they stand for. */
export type Exact = (value: unknown) => unknown;

/**
 * Takes decimals and times of the day out of a schema, which would become doubles, so that they are read as integers or bytes. Those inside objects
 * keep their types: objects are not read as values. Texts without a type of text are marked as texts.
 *
 * @returns the conversion of each column of decimals or times, by name
 */
export function exactSchema(metadata: FileMetaData): { metadata: FileMetaData; exact: Map<string, Exact> } {
  const exact = new Map<string, Exact>();
  let column = '';
  /** The groups around an element, outermost first, with the number of children still to come. */
  const groups: { left: number; readonly isList: boolean }[] = [];
  const schema = metadata.schema.map((element, at): SchemaElement => {
    if (at > 0) {
      while (groups.at(-1)?.left === 0) groups.pop();
      const around = groups.at(-1);
      if (around) around.left--;
      else column = element.name;
      if (element.num_children)
        groups.push({ left: element.num_children, isList: isListGroup(element, around) });
    }
    if (groups.some(({ isList }) => !isList)) return readable(element);
    const convert = exactOf(element);
    if (!convert) return readable(element);
    exact.set(column, convert);
    const plain = { ...element };
    delete plain.converted_type;
    delete plain.logical_type;
    return plain;
  });
  return { metadata: { ...metadata, schema }, exact };
}

/** The conversion of a column of decimals or times of the day; undefined for other columns. */
function exactOf(element: SchemaElement): Exact | undefined {
  const { converted_type: converted, logical_type: logical, scale = 0 } = element;
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') return (value) => decimalText(value, scale);
  const perSecond = timeUnits(element);
  return perSecond === undefined ? undefined : (value) => timeOfDay(value, perSecond);
}

/** A list, or the repeated group in it. Other groups become objects. */
function isListGroup(
  { converted_type, repetition_type, num_children }: SchemaElement,
  around: { readonly isList: boolean } | undefined,
): boolean {
  return (
    num_children === 1 &&
    (converted_type === 'LIST' || (around?.isList === true && repetition_type === 'REPEATED'))
  );
}

function readable(element: SchemaElement): SchemaElement {
  const isText = element.type === 'BYTE_ARRAY' && !element.converted_type && !element.logical_type;
  return isText ? { ...element, converted_type: 'UTF8' } : element;
}

/** How many units of a column of times of the day make a second; undefined for other columns. */
function timeUnits({ converted_type: converted, logical_type: logical }: SchemaElement): bigint | undefined {
  const unit = logical?.type === 'TIME' ? logical.unit : converted;
  return {
    TIME_MILLIS: 1_000n,
    MILLIS: 1_000n,
    TIME_MICROS: 1_000_000n,
    MICROS: 1_000_000n,
    NANOS: 1_000_000_000n,
  }[String(unit)];
}

/** `07:08:09.5` */
function timeOfDay(value: unknown, perSecond: bigint): unknown {
  if (Array.isArray(value)) return value.map((part) => timeOfDay(part, perSecond));
  return timeOf(value as bigint | number | null | undefined, perSecond)?.slice('1970-01-01T'.length, -1);
}

/** An unscaled integer, or its bytes in two's complement, highest first, as a decimal text. */
function decimalText(value: unknown, scale: number): unknown {
  if (Array.isArray(value)) return value.map((part) => decimalText(part, scale));
  if (value === undefined || value === null) return undefined;
  const unscaled = value instanceof Uint8Array ? integerIn(value) : BigInt(value as number | bigint);
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function integerIn(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}
