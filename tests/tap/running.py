"""Runs the examples of what a database has published."""

from vo_lcc.adql import compile_query
from vo_lcc.db import Database
from vo_lcc.lightcurves.collection import load_published
from vo_lcc.tap.examples import examples


def rows_of_examples(database: Database, *names: str) -> dict[str, int]:
    """How many rows each example gives that needs no upload, by its id.

    Of the collections of these names, or of all. At most 101 rows are looked at.
    """
    catalog, collections = load_published(database)
    with database.load() as load:
        return {
            example.id: len(load.query(compile_query(example.query, catalog, 100).sql))
            for collection in collections.values()
            if not names or collection.name in names
            for example in examples(collection)
            if not example.uploads
        }
