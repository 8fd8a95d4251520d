"""Tables in: the bytes of a VOTable, CSV, FITS or Parquet file become Arrow batches.

`reading` sees by its content what a file is; each format has a folder. Everything here
distrusts its input: sizes are limited before memory is taken, XML has no entities and
no network, and what is wrong is told with its place in the file.
"""
