"""Workers that are elsewhere: any `Executor`, and dask's.

`batches` sends calls to them, many at a time; `cell` is where a worker does each of them;
`scheduler` is the connection to one of dask.distributed.
"""

from itemcat.cluster.batches import Batches

__all__ = ["Batches"]
