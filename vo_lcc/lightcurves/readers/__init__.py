"""From the files of an archive to Arrow batches of objects and points."""
