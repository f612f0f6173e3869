"""Writes the Parquet files of this folder, and rows.json: what their cells are as text. Needs PyArrow (25 wrote them)."""

import datetime
import decimal
import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
N = 60
UTC = datetime.timezone.utc
day = lambda i: datetime.date(1969, 12, 25) + datetime.timedelta(days=i)
time = lambda i: datetime.datetime(1969, 12, 31, 23, 59, 58, tzinfo=UTC) + datetime.timedelta(microseconds=123_457 * i)
some = lambda i, value: None if i % 7 == 3 else value
cents = lambda i: decimal.Decimal(12345678901234567890123456 * (-1) ** i * (i + 1)).scaleb(-10)

columns = {
    'y': pa.array([i % 3 == 0 for i in range(N)], pa.bool_()),
    'big': pa.array([some(i, 2**62 + i) for i in range(N)], pa.int64()),
    'unsigned': pa.array([2**64 - 1 - i for i in range(N)], pa.uint64()),
    'small': pa.array([some(i, i - 30) for i in range(N)], pa.int8()),
    'u32': pa.array([2**32 - 1 - i for i in range(N)], pa.uint32()),
    'double': pa.array([some(i, i / 7 - 3) for i in range(N)], pa.float64()),
    'half': pa.array([i / 4 for i in range(N)], pa.float32()),
    'text': pa.array([some(i, ['', 'a', 'é😀', 'b,"c"'][i % 4]) for i in range(N)], pa.string()),
    'coded': pa.array([some(i, f'v{i % 3}') for i in range(N)]).dictionary_encode(),
    'binary': pa.array([f'b{i % 5}'.encode() for i in range(N)], pa.binary()),
    'money': pa.array([some(i, decimal.Decimal(i * 101 - 999).scaleb(-2)) for i in range(N)], pa.decimal128(9, 2)),
    'fortune': pa.array([some(i, cents(i)) for i in range(N)], pa.decimal128(38, 10)),
    'day': pa.array([some(i, day(i)) for i in range(N)], pa.date32()),
    'ms': pa.array([time(i).replace(microsecond=time(i).microsecond // 1000 * 1000) for i in range(N)], pa.timestamp('ms')),
    'us': pa.array([some(i, time(i)) for i in range(N)], pa.timestamp('us', tz='UTC')),
    'ns': pa.array([1_000_000_007 * (i - 5) for i in range(N)], pa.int64()).cast(pa.timestamp('ns')),
    'tags': pa.array([some(i, [f't{k}' for k in range(i % 4)]) for i in range(N)], pa.list_(pa.string())),
    'ids': pa.array([[2**60 + k for k in range(i % 3)] for i in range(N)], pa.list_(pa.int64())),
}


def digits(fraction, width):
    text = str(fraction).zfill(width).rstrip('0')
    return f'.{text}Z' if text else 'Z'


def text(name, i):
    value = columns[name][i]
    if not value.is_valid:
        return [] if name in ('tags', 'ids') else ''
    if name in ('tags', 'ids'):
        return [str(part) for part in value.as_py()]
    if name in ('ms', 'us', 'ns'):
        per_second = {'ms': 10**3, 'us': 10**6, 'ns': 10**9}[name]
        seconds, fraction = divmod(value.value, per_second)
        whole = datetime.datetime.fromtimestamp(seconds, UTC).strftime('%Y-%m-%dT%H:%M:%S')
        return whole + digits(fraction, len(str(per_second)) - 1)
    plain = value.as_py()
    if isinstance(plain, bool):
        return str(plain).lower()
    if isinstance(plain, bytes):
        return plain.decode()
    if isinstance(plain, float):
        return plain
    return f'{plain:f}' if isinstance(plain, decimal.Decimal) else str(plain)


table = pa.table(columns)
rows = [{name: text(name, i) for name in columns} for i in range(N)]
(here / 'rows.json').write_text('[\n' + ',\n'.join(json.dumps(row, ensure_ascii=False) for row in rows) + '\n]\n')
for codec in ['none', 'snappy', 'gzip', 'brotli', 'lz4', 'zstd']:
    pq.write_table(table, here / f'pyarrow-{codec}.parquet', compression=codec, row_group_size=25)
pq.write_table(
    table,
    here / 'pyarrow-v2.parquet',
    compression='zstd',
    use_dictionary=False,
    data_page_version='2.0',
    data_page_size=64,
    write_page_index=True,
    store_decimal_as_integer=True,
    column_encoding={
        'big': 'DELTA_BINARY_PACKED',
        'text': 'DELTA_BYTE_ARRAY',
        'binary': 'DELTA_LENGTH_BYTE_ARRAY',
        'double': 'BYTE_STREAM_SPLIT',
    },
)
