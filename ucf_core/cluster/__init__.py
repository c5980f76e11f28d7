"""Builds on many machines: ratings in parts, blocks on Dask workers, vectors in Parquet and a vector store."""
