"""Runs the statements of docs/training.md with DuckDB, and sees that what `watchnext merge` makes of them is what `watchnext count` counts."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb


def main(binary, docs, ratings):
    sql = Path(docs).read_text().split("```sql\n")[1].split("```")[0]
    run = lambda *arguments: subprocess.run([binary, *arguments], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        log = f"SELECT userId AS user_id, movieId AS item_id FROM read_csv('{ratings}')"
        duckdb.sql(f"COPY ({log}) TO 'log.csv'")
        *statements, last = [statement for statement in sql.split(";") if statement.strip()]
        for statement in statements:
            duckdb.sql(statement)
        viewers = duckdb.sql(last).fetchall()[0][0]
        run("merge", "pairs.parquet", "--viewers", str(viewers), "--out", "merged.counts")
        run("count", "--interactions", "log.csv", "--out", "counted.counts")
        same = Path("merged.counts").read_bytes() == Path("counted.counts").read_bytes()
        print(f"{viewers} viewers: DuckDB's counts and watchnext's are {'the same' if same else 'not the same'}")
        return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
