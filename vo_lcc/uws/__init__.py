"""Universal Worker Service 1.1: jobs that outlive requests, workers and servers."""
