"""Writes the Parquet files here with the programs that people write theirs with.

    pip install duckdb pyarrow && python tests/interactions/make.py
"""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

here = Path(__file__).parent
ROWS = """(VALUES ('u1', 10, 4.5, TIMESTAMP '2001-01-01 00:00:02'), ('u1', 20, 3.0, TIMESTAMP '2001-01-01 00:00:01'),
    ('u2', 10, 5.0, TIMESTAMP '2001-01-01 00:00:03')) AS log(user_id, item_id, rating, watched_at)"""
duckdb.sql(f"COPY (SELECT * FROM {ROWS}) TO '{here / 'duckdb.parquet'}'")
duckdb.sql(f"COPY (SELECT 'x' AS note, * FROM {ROWS}) TO '{here / 'duckdb-zstd.parquet'}' (COMPRESSION zstd)")


def write(name, compression, **columns):
    pq.write_table(pa.table(columns), here / name, compression=compression)


seconds = [978307202, 978307201, 978307203]
users = pa.array(["u1", "u1", "u2"])
write("ns.parquet", "gzip", user=users.dictionary_encode(), item=pa.array([10, 20, 10], pa.uint16()), timestamp=pa.array([second * 10**9 for second in seconds], pa.timestamp("ns")))
write("ms.parquet", "lz4", user=users, item=pa.array([10.0, 20.0, 10.0]), timestamp=pa.array([second * 1000 for second in seconds], pa.timestamp("ms")))
write("days.parquet", "none", user=users, item=pa.array([b"10", b"20", b"10"]), date=pa.array([20, 10, 30], pa.date32()), rating=pa.array([None, 3, 5], pa.int8()))
write("holes.parquet", "snappy", user=pa.array(["u1", None, "u1", "u2"]), item=pa.array([10, 5, 20, 10]), timestamp=pa.array([2.0, 1.0, 1.0, 3.0], pa.float32()))
