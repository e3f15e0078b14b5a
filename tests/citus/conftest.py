"""The cluster of the tests in this folder."""

import pytest

from local.citus import Cluster


@pytest.fixture(scope="session")
def cluster(cluster: Cluster | None) -> Cluster:
    """The cluster that the tests run on."""
    assert cluster is not None, "these tests need a cluster: run them with make citus"
    return cluster


@pytest.fixture(autouse=True)
def _on_a_cluster(cluster: Cluster) -> None:
    """Make each test here require a cluster."""
