"""The team's own copy script, as small as it can be: it asks first, then copies every table in one transaction.

SQLITE_PATH is the source, DATABASE_URL the target, whose tables are there already and empty.
"""

import os
import sqlite3
import sys

import psycopg2


def columns_of(cursor, table):
    cursor.execute(
        """select quote_ident(attname), format_type(atttypid, null) from pg_attribute
           where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum""",
        (table,),
    )
    return cursor.fetchall()


def copy(source, cursor, table):
    columns = columns_of(cursor, table)
    names = ", ".join(name for name, _ in columns)
    values = ", ".join("%s" if type == "bytea" else f"%s::text::{type}" for _, type in columns)
    rows = source.execute(f"select {names} from {table}").fetchall()
    cursor.executemany(f"insert into {table} ({names}) values ({values})", rows)
    print(f"{table}: {len(rows)} rows", flush=True)
    for name, _ in columns:
        cursor.execute("select pg_get_serial_sequence(%s, %s)", (table, name.strip('"')))
        (sequence,) = cursor.fetchone()
        if sequence:
            cursor.execute(f"select setval(%s, max({name})) from {table}", (sequence,))


def main():
    source = sqlite3.connect(f"file:{os.environ['SQLITE_PATH']}?mode=ro", uri=True)
    answer = input("This fills the PostgreSQL database. Proceed? ")
    if answer != "yes":
        sys.exit("nothing was copied")
    tables = source.execute(
        "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by rowid"
    ).fetchall()
    with psycopg2.connect(os.environ["DATABASE_URL"]) as target, target.cursor() as cursor:
        for (table,) in tables:
            copy(source, cursor, table)


main()
